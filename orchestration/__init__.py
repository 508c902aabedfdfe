"""When things run, and in what order: the command line, the services, Dagster's definitions.

What is computed belongs to `crm_core`, `transforms` and `reports`; here it is only called.
"""
