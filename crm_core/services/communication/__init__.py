"""Messages to customers and notes to staff.

Events that cause them come from the outbox, in `integration`.
"""
