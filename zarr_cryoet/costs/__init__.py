"""What reading from a network costs: requests and bytes, seconds, and money."""
