"""Singer target that loads PostgreSQL by columns."""
