"""The performance model: geometry, requests, network, processor and prices."""
