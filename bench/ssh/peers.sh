# SPDX-License-Identifier: Apache-2.0
# Sourced by fleet.sh: how the others are told to run `true`, each in the way that suits it best.

ours_exec() {
  {
    echo "ssh: { user: root, identity: $LAB/user, known_hosts: $LAB/known_hosts, config: false }"
    echo 'hosts:'
    sed 's/.*/  "&": {}/' "$(first "$1")"
  } >"$LAB/inventory.yaml"
  echo "$program exec -i $LAB/inventory.yaml --on all --forks 50 --allow ssh=* -- /bin/true"
}

# xargs.sh HOSTS AT_ONCE
cat >"$LAB/xargs.sh" <<SH
xargs -P "\$2" -I % ssh -F $LAB/ssh_config % true <"\$1"
SH

# master.sh HOSTS AT_ONCE [PORT]: 10 steps on one connection for each host.
cat >"$LAB/master.sh" <<SH
xargs -P "\$2" -I % sh -c 'for step in 1 2 3 4 5 6 7 8 9 10; do
  ssh -F $LAB/ssh_config -p '"\${3:-22}"' -o ControlMaster=auto -o ControlPath=$LAB/cm-%h-%p -o ControlPersist=60 % true || exit 1
done
ssh -F $LAB/ssh_config -p '"\${3:-22}"' -o ControlPath=$LAB/cm-%h-%p -O exit %' <"\$1"
SH

peer_clush() {
  echo "clush -f 50 -S -o -F$LAB/ssh_config --hostfile=$(first "$1") true"
}
peer_pssh() {
  echo "parallel-ssh -p 50 -t 60 -x -F$LAB/ssh_config -h $(first "$1") true"
}

# Ansible: no facts, the interpreter pinned, one connection kept for each host, as its manual recommends for speed.
mkdir -p "$LAB/ansible"
for pipelining in True False; do
  cat >"$LAB/ansible/$pipelining.cfg" <<CFG
[defaults]
gathering = explicit
interpreter_python = /usr/bin/python3
host_key_checking = True
local_tmp = $LAB/ansible/tmp
[ssh_connection]
pipelining = $pipelining
ssh_args = -F $LAB/ssh_config -o ControlMaster=auto -o ControlPersist=60s
control_path_dir = $LAB/ansible/cp
CFG
done
{
  printf -- '- hosts: all\n  gather_facts: false\n  tasks:\n'
  for step in 1 2 3 4 5 6 7 8 9 10; do printf '    - { name: step %s, ansible.builtin.command: /bin/true }\n' "$step"; done
} >"$LAB/ansible/steps.yml"
peer_ansible() {
  echo "env ANSIBLE_CONFIG=$LAB/ansible/$2.cfg ansible all -i $(first "$1") -f 50 -m command -a /bin/true"
}
# playbook.sh HOSTS FORKS PIPELINING [PORT]
cat >"$LAB/playbook.sh" <<SH
ANSIBLE_CONFIG=$LAB/ansible/\$3.cfg exec ansible-playbook -i "\$1" -f "\$2" -e ansible_port="\${4:-22}" $LAB/ansible/steps.yml
SH
