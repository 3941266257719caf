export AWS_ENDPOINT_URL="${url}" AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1
export AWS_ACCESS_KEY_ID="${user}" AWS_SECRET_ACCESS_KEY="${secret}"
