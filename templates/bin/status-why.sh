# Each start of a job has a line, and each part of a heterogeneous one; not the rest of its array.
recorded() { # ID: how it ended, where the site keeps accounts, and once they know
  sacct --noheader --parsable2 --duplicates --units=K "--jobs=$1" \
    --format=JobIDRaw,JobID,State,ExitCode,Start,End,NodeList,MaxRSS 2>/dev/null |
    awk -F'|' -v id="$1" '
      function tell() { if (job) said = said job (most ? " MaxRSS=" most "K" : "") "\n"; job = "" }
      $1 !~ /[.]/ { tell() }
      $1 == id || $2 ~ "^" id "[+][0-9]+$" {
        if ($6 == "Unknown") { running = 1; exit }
        job = "    JobId=" $1 " JobState=" $3 " ExitCode=" $4
        job = job " StartTime=" $5 " EndTime=" $6 " NodeList=" $7
        most = 0 }
      $8 + 0 > most { most = $8 + 0 } # the largest of its steps
      END { tell(); if (!running) printf "%s", said }'
}
known() { # ID: how it stands, or has stood until Slurm forgot it, some minutes after its end
  scontrol --oneliner show job "$1" 2>/dev/null | awk -v id="$1" '
    $1 == "JobId=" id || index($0, " HetJobId=" id " ") {
      line = "   "
      for (i = 1; i <= NF; i++)
        if ($i ~ /^(JobId|JobState|Reason|Dependency|Restarts|ExitCode|(Start|End)Time|NodeList)=/)
          line = line " " $i
      print line }'
}
why() { # ID ANSWER of job_state: what Slurm says of it, and what a running job uses
  local said=''
  [[ $2 == running* ]] || said=$(recorded "$1")
  [[ ${said} ]] || said=$(known "$1")
  echo "${said:-    Slurm has forgotten it}"
  sstat --noheader --parsable2 --allsteps --jobs="$1" --format=JobID,MaxRSS,AveCPU 2>/dev/null |
    sed 's/^/    uses: /'
}
