#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The whole procedure on three machines, over SSH: a swarm, images, configuration, the stack, an editor for each student; again
# without a change; one student more; and down again until nothing is left.
. "$(dirname "$0")/lab.sh"

sed 's/n2: /n9: /' "$tmp/nodes.yaml" >"$tmp/wrong.yaml"
misnamed() (inventory=$tmp/wrong.yaml && book swarm)
check "a machine of another name than the inventory's is refused" refused danake.hostnames misnamed
begin() { curl -sf --unix-socket "$nodes/n3/s.sock" -X POST "http://engine/v1.40/swarm/$1" -H 'Content-Type: application/json' -d "$2"; }
begin init '{"ListenAddr":"127.0.0.1:2377","AdvertiseAddr":"127.0.0.1"}' >/dev/null
check "so is one that is in a swarm of its own" refused danake.other_swarm book swarm
begin 'leave?force=true' ''
inside() { api n1 /info | grep -c '"LocalNodeState":"active"'; }
check "none of them has begun a swarm" [ "$(inside)" = 0 ]
check "three machines become a swarm" shown book swarm
check "a second time nothing is changed" unchanged book swarm
check "the images are built and pushed" shown images
check "a second time nothing is built" unchanged images

check "the configuration becomes secrets and a config" shown book config create
check "of each there is one" [ "$(api n1 /secrets | names | wc -l)-$(api n1 /configs | names | wc -l)" = 6-1 ]
check "every student has a cookie, in a file that nobody else may read" \
  [ "$(wc -l <"$tmp/confs/cookie2uid.map")-$(stat -c %a "$tmp/confs/cookie2uid.map")" = 3-600 ]
check "a second time nothing is changed" unchanged book config create

check "the stack is deployed and answers" shown deploy
check "a second time nothing is changed" unchanged deploy
check "each student gets an editor" shown editors
spread() { api n1 /services | grep -o '"danake.host":"n[123]"' | sort -u | wc -l; }
check "they are spread over the nodes" [ "$(spread)" = 3 ]
check "a student comes to her own editor" [ "$(visit s-02)" = editor-s-02 ]
check "a second time nothing is changed" unchanged editors
plans() {
  nothing_planned book swarm && nothing_planned images && nothing_planned book config create && nothing_planned deploy &&
    nothing_planned editors
}
check "nor is one planned, by any of them" plans
services >"$tmp/before"

printf 's-04\tFrances\n' >>"$tmp/confs/uid2info.tsv"
cp "$tmp/confs/cookie2uid.map" "$tmp/cookies"
# shellcheck disable=SC2086
check "one student more is given to the running stack" shown book config rotate $stack
check "who had a cookie keeps it" [ "$(head -n 3 "$tmp/confs/cookie2uid.map")" = "$(cat "$tmp/cookies")" ]
check "and gets an editor" shown editors
services >"$tmp/after"
check "which is the only new service" [ "$(comm -3 "$tmp/before" "$tmp/after" | tr -d '\t')" = editor-s-04 ]
check "she comes to it" [ "$(visit s-04)" = editor-s-04 ]

check "the state is shown" shown book status
check "a program is run in an editor" shown book exec --uid s-03 --command hostname
check "it is the student's" says '^editor-s-03'
check "a student is let in without a picture" shown book preauth --action add --uid s-01
check "a second time no change is planned" nothing_planned book preauth --action add --uid s-01
check "who is let in is listed" shown book preauth
check "by the whole number" says '^s-01$'
export DANAKE_SECRET_KEY='open sesame'
# shellcheck disable=SC2086
check "the tokens are fetched" shown book tokens $site --to "$tmp/tokens"
check "a second time no change is planned" nothing_planned book tokens $site --to "$tmp/tokens"
check "into a file for one" [ "$(wc -l <"$tmp/tokens")-$(stat -c %a "$tmp/tokens")" = 4-600 ]
# shellcheck disable=SC2086
check "the monitor is found" shown book monitor --host "$net.11" --without-tls --monitor-port 9443

check "the configuration of what is running is not removed" refused danake.live book config remove
check "nor its data" refused danake.live book nuke --erase danake
check "the stack is not removed under running editors" refused danake.editors_running book stop --scope stack
check "all is stopped in the right order" shown book stop --scope all
check "no service is left" [ -z "$(services)" ]
check "the configuration is removed" shown book config remove
check "the students' cookies stay" [ "$(wc -l <"$tmp/confs/cookie2uid.map")" = 4 ]
check "data goes only by the stack's name" refused danake.not_confirmed book nuke --erase exam
check "the data of all nodes is removed" shown book nuke --erase danake
gone() { nothing_planned book stop --scope all && nothing_planned book config remove && nothing_planned book nuke --erase danake; }
check "a second time no change is planned" gone
check "nothing with a label is left" [ -z "$(labelled)" ]
check "nowhere was a cookie or a key written down" eval '! grep -rqa -e "$(head -n 1 "$tmp/confs/cookie2uid.map" | cut -f1)" -e "open sesame" "$tmp/state"'
