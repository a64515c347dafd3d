"""Code to paste: how to store a tomogram so, and how to measure one figure by itself."""
