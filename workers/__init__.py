"""Background work: thin arq tasks over the services. The graph is the record, the queue only wakes."""
