"""x"""

bench_changes = None
