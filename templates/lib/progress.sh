progress() { # RUNNING: tell Prometheus of the run, and of each part what is on stdin
  awk -F'\t' -v running="$1" \
    -v who="client=\"${NAME}\",target=\"${TARGET}\",run=\"${SLURM_JOB_ID}\"" '
    function tell(metric, labels, value) {
      said[metric] = said[metric] metric "{" who labels "} " value "\n"
    }
    BEGIN { # as the programs of other clients have it, or an exporter of both drops one
      running_ = "hpcgen_client_running"; requests = "hpcgen_client_requests_total"
      rate = "hpcgen_client_result_requests_per_second"
      seconds = "hpcgen_client_result_latency_seconds"
      help[running_] = "gauge 1 while the run lasts, 0 once it has ended."
      help[requests] = "counter Requests of the run, by how they ended."
      help[rate] = "gauge The result: requests a second."
      help[seconds] = "gauge The result: seconds of a request."
    }
    {
      part = ",part=\"" $1 "\""
      tell(requests, part ",outcome=\"succeeded\"", $2)
      tell(rate, part, $3)
      for (i = 4; i < NF; i += 2) # its name, and milliseconds
        tell(seconds, part ",figure=\"" $i "\"", $(i + 1) / 1000)
    }
    END {
      tell(running_, "", running)
      for (metric in said) {
        kind = help[metric]; sub(/ .*/, "", kind); sub(/[^ ]* /, "", help[metric])
        printf "# HELP %s %s\n# TYPE %s %s\n%s", metric, help[metric], metric, kind, said[metric]
      }
    }' >"${RESULTS}/.new" && mv -T -- "${RESULTS}/.new" "${RESULTS}/progress.prom"
}
progress_ends() { # tell it that the run has ended, however that came
  sed -i '/^hpcgen_client_running{/s/ 1$/ 0/' "${RESULTS:-}/progress.prom" 2>/dev/null
}
