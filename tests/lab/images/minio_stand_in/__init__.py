"""Answers as MinIO does to S3's requests for buckets and objects, which are files."""
