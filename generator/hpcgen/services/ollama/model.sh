# model.sh URL DIRECTORY HOLDER MODEL pull SECONDS|present [make NAME LAYERS] [load SECONDS]
# Gets MODEL ready at the Ollama of URL, whose models lie in DIRECTORY; HOLDER, JOB.SERVICE, says who
# is pulling into it. A line that it prints begins with `-`, and the last one with the status: 0; 75,
# time was over; or 78, something is missing.
set -uo pipefail
RUN=${RUN:-} # where jobs leave word on how they ended
# shellcheck source=/dev/null
. "${0%/*}/cluster.sh"
# shellcheck source=/dev/null
. "${0%/*}/job-state.sh"
url=$1 turn=$2/.pulling holder=$3 model=$4
elsewhere='where the login node alone has the Internet, bin/fetch-*.sh pulls it there'

end() { echo "$*"; exit 0; }
api() { # PATH SECONDS [CURL OPTION...]: what Ollama answers, and else what curl says of it
  curl --disable --noproxy '*' -sSN --max-time "$2" "${@:3}" "${url}$1" 2>&1
}
lists() { # MODEL: it is among those that Ollama has
  [[ $(api /api/tags 5) == *"\"name\":\"$1\""* ]]
}

take_turn() { # wait until nobody else pulls into the directory, or the model is there
  local look=0 other
  until lists "${model}" || ln -sT -- "${holder}" "${turn}" 2>/dev/null; do
    other=$(readlink -- "${turn}") || other=''
    [[ ${other} == "${holder}" ]] && return # we were requeued
    ((SECONDS < deadline)) || end 75 "${other} still pulls, says ${turn}, after ${SECONDS} s"
    [[ $(api /api/version 5) == '{"version":'* ]] || end 69 "Ollama answers no more"
    if ((SECONDS >= look)) && [[ ${other} == [0-9]* ]]; then # Slurm is asked twice a minute
      look=$((SECONDS + 30))
      [[ $(job_state "${other%%.*}") == ended* ]] &&
        ln -sT -- "${holder}" "${turn}-${other}" && # of several heirs only one succeeds
        ln -sfT -- "${holder}" "${turn}"
    fi
    sleep 1
  done
}
pull() { # SECONDS: pull the model where it is not there, and say how far it is
  local deadline=$((SECONDS + $1)) next=0 part said='' step tenth was=''
  lists "${model}" && return
  take_turn
  lists "${model}" || while read -r step; do # {"status":"pulling 74701a8c35f6","digest":...
    part='' tenth=''
    if [[ ${step} =~ \"total\":([1-9][0-9]*),\"completed\":([0-9]+) ]]; then
      tenth=$((10 * BASH_REMATCH[2] / BASH_REMATCH[1]))
      part=", $((100 * BASH_REMATCH[2] / BASH_REMATCH[1]))% of $((BASH_REMATCH[1] / 1000000)) MB"
    fi
    [[ ${step} =~ ^\{\"status\":\"([^\"]*) ]] && step=${BASH_REMATCH[1]}
    [[ ${step}${tenth} == "${was}" ]] && ((SECONDS < next)) && continue
    said=${step} was=${step}${tenth} next=$((SECONDS + 60)) # each tenth, or each minute
    echo "- ${model}: ${said}${part}"
  done < <(api /api/pull "$((deadline - SECONDS))" -d "{\"model\":\"${model}\"}")
  [[ $(readlink -- "${turn}") == "${holder}" ]] && rm -f -- "${turn}"
  lists "${model}" && return
  [[ ${said} == curl:*'(28)'* ]] && end 75 "${model} was not pulled in $1 s"
  end 78 "${model} is not there and cannot be pulled: ${said}; ${elsewhere}"
}
present() { # the model is there, or else there is no way on
  lists "${model}" || end 78 "${model} is not there; ${elsewhere}"
}
make() { # NAME LAYERS: a model like it with so many layers on GPUs, which no request need ask for
  local said=''
  lists "$1" || said=$(api /api/create 60 -d "{\"model\":\"$1\",\"from\":\"${model}\",
    \"parameters\":{\"num_gpu\":$2},\"stream\":false}")
  lists "$1" || end 78 "$1 cannot be made of ${model}: ${said}"
  model=$1
}
load() { # SECONDS: load the model, so that the first request need not wait for it
  local said
  said=$(api /api/generate "$1" -d "{\"model\":\"${model}\"}")
  [[ ${said} == *'does not support generate'* ]] && # but embeddings
    said=$(api /api/embed "$1" -d "{\"model\":\"${model}\",\"input\":\"a\"}")
  [[ ${said} == *@('"done":true'|'"embeddings":[[')* ]] ||
    end 75 "${model} does not load: ${said}"
}

shift 4
while (($#)); do
  case $1 in
    pull) pull "$2" && shift 2 ;;
    present) present && shift ;;
    make) make "$2" "$3" && shift 3 ;;
    load) load "$2" && shift 2 ;;
    *) end 78 "model.sh knows no $1" ;;
  esac
done
present
end 0 "${model} is ready"
