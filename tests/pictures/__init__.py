"""Pictures of the dashboards in docs/dashboards/, with data from a deployment in the lab."""
