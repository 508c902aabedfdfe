"""The rules of the business, one module per area, each act in the transaction of its caller.

Services never commit and never read the clock; tables are in `crm_core.models`. A refused call may
leave unsaved changes in the session: let the transaction roll back, or wrap each call in
`session.begin_nested()` where one record may fail and the others go on.
"""
