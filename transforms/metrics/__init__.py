"""The metric layer: a number is defined once, compiled to SQL, and asked at a door.

What a number is made of belongs to the marts of dbt; how it is shown belongs to the views.
"""
