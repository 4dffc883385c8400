"""The database: models, repositories, and the group-commit writer of the call log."""
