"""Forecasts of monthly and other regular series: frames in, frames out, intervals included.

Where the series come from and what is published of them is in `publish`; nothing here knows dbt.
"""
