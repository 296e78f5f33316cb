"""What the image holds, installed by the image's own command into a folder."""

from __future__ import annotations

import subprocess
import typing as t
from pathlib import Path

import pytest

INSTALL = Path(__file__).resolve().parents[1] / "install"


@pytest.fixture(scope="session")
def image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder that is `/opt/x-ads` in the image."""
    prefix = tmp_path_factory.mktemp("image") / "x-ads"
    done = subprocess.run(
        [INSTALL, prefix, "target-postgres"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:]
    return prefix


@pytest.fixture(scope="session")
def s3() -> t.Iterator[str]:
    """Return the address of a server that speaks S3, with an empty bucket `state`."""
    import boto3
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    keys = {"aws_access_key_id": "k", "aws_secret_access_key": "s", "region_name": "us-east-1"}
    boto3.client("s3", endpoint_url=url, **keys).create_bucket(Bucket="state")
    yield url
    server.stop()
