"""Measurements of stubredis beside redis-server and Valkey; start with README.md. Nothing here is shipped."""
