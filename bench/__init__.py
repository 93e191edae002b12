"""Benchmarks of the real application, never timed tests: `make bench`. What they found is in `docs/performance.md`."""
