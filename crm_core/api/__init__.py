"""HTTP over the services: values in, one service call, values out.

Who is asking is told by the application that mounts these routers; rules stay in the services.
"""
