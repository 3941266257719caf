remedy() { # WHAT sbatch has said: of accounts, QOS or limits it says what to do, and what there is
  local yours fix=''
  case $1 in
    *'Invalid account'*) fix='set SBATCH_ACCOUNT to yours, or write "account" in the recipe' ;;
    *'Invalid qos'*) fix='set SBATCH_QOS to one of yours, or write "qos" in the recipe' ;;
    *'accounting/QOS policy'*) fix='wait for your jobs to end, ask for less, or set SBATCH_QOS' ;;
  esac
  [[ ${fix} ]] || return
  yours=$(sacctmgr --noheader --parsable2 show associations "user=$(id -un)" \
    format=Cluster,Account,Partition,QOS 2>/dev/null)
  printf '%s\n' "fix: ${fix}" 'Yours, as CLUSTER|ACCOUNT|PARTITION|QOS:' \
    "${yours:-none that sacctmgr shows; ask the site}"
}
