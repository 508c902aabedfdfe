"""HTTP for programs: the same figures and files as the pages, and the services of the core."""
