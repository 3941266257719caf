# [lib/job-state.sh]
