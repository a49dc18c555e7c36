"""The shared asynchronous HTTP layer that every HTTP adapter speaks through.

client      ApiClient: get_json, get_text, get_bytes, read and stream for what changes nothing (sent again
            when it fails for a while), send_change for what does (sent once), log_in; ClientOptions
call        RequestOptions: what can be said of one request
auth login  BasicAuth, TokenAuth, SignedAuth; LoginAuth with Credential: one login for all who wait
answer      Answer: status, headers, text, json
stream      AnswerStream: pieces and lines of an answer that is larger than memory
paging      pages: every page once, with an end to listings that have none
turns       slices: records in portions, so that turning them into jobs leaves turns to others
archive     unzip: archives of logs, within limits
origins     segment: an id as one segment of a path
retry       RetryPolicy: when reads are sent again
traffic     Traffic: what the connection has cost so far
limits      every number, with its reason

The rest is machinery: wire sends one request, guard bounds and counts its answer, network and tls are the
way to the server, gate and standing say when a request may go, failures and verdict make errors of what
went wrong.
"""
