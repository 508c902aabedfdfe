"""Which truck and crew does which job, in which order: pure functions over one day's facts.

Reading those facts from the database and writing the answer back belong to the services.
"""
