"""Files of vectors: one format a module, its reader beside its writer. They make and take parts of tables, not tables."""
