"""The team engine: PostgreSQL, shared by any number of daemons."""
