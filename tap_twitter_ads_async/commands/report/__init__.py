"""What a run leaves for people and orchestrators in the folder of setting `report_path`."""
