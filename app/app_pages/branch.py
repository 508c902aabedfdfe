"""The page of one branch; those who see only their own records see those, whatever the branch.

What stands on it is said in `reports/pages/branch.yaml`.
"""

from app import access
from app.page import show_page
from crm_core.enums import PermissionScope

if access.current_subject().scope is PermissionScope.OWN:
    show_page("branch", "own_page", by_branch=False)
else:
    show_page("branch", "branch_page", by_branch=True)
