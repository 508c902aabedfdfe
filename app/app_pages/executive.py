"""The executive page: the whole company.

What stands on it is said in `reports/pages/executive.yaml`.
"""

from app.page import show_page

show_page("executive", "company_page", by_branch=False)
