"""What is worth saying about the figures: anomalies, causes of moves, peers, what-if.

Frames in, frames out; which marts they come from is in `publish`. Nothing here knows dbt's models.
"""
