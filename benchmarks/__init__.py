"""Programs that measure recollect; anyone can run them: `python -m benchmarks NAME`."""
