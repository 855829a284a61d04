"""Redis' serialisation of values, which DUMP, RESTORE, MIGRATE and snapshots share."""
