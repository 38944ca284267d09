#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The procedure through a context of the docker CLI, which leads to the manager over SSH.
. "$(dirname "$0")/lab.sh"

unset DOCKER_CONFIG
store=$HOME/.docker/contexts/meta/$(printf exam | sha256sum | cut -c 1-64)
mkdir -p "$store"
printf '{"Name":"exam","Metadata":{},"Endpoints":{"docker":{"Host":"%s","SkipTLSVerify":false}}}' "$engine" >"$store/meta.json"
swarm join "$nodes"

engine=context://elsewhere
check "a context that is not there is refused with those that are" refused 'exam' book config create
engine=context://exam
check "the images are built and pushed through the context" shown images
check "the configuration becomes secrets and a config" shown book config create
check "the stack is deployed and answers" shown deploy
check "each student gets an editor" shown editors
check "a student comes to her own editor" [ "$(visit s-02)" = editor-s-02 ]
again() { unchanged images && unchanged book config create && unchanged deploy && unchanged editors; }
check "a second time nothing is changed" again
services >"$tmp/before"
printf 's-04\tFrances\n' >>"$tmp/confs/uid2info.tsv"
# shellcheck disable=SC2086
check "one student more is given to the running stack" shown book config rotate $stack
check "and gets an editor" shown editors
services >"$tmp/after"
check "which is the only new service" [ "$(comm -3 "$tmp/before" "$tmp/after" | tr -d '\t')" = editor-s-04 ]
check "a program is run in an editor, on whichever node it is" shown book exec --uid s-03 --command hostname
check "all is stopped in the right order" shown book stop --scope all
check "the configuration is removed" shown book config remove
check "the data of all nodes is removed" shown book nuke --erase danake
check "nothing with a label is left" [ -z "$(labelled)" ]
