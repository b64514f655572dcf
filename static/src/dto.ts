// What crosses from the simulator to the page. Generated from `playground-wasm/src/dto/` by `cargo xtask types`.

/** The container that answered. */
export type Backend = { namespace: string, pod: string, container: string, port: number, 
/** Name of the Service it was reached through; absent where none was. */
service: string | null, };

/** The HTTP request as the last backend received it. */
export type BackendRequest = { method: string, host: string, path: string, headers: { [key in string]: string }, };

/** A call that a workload's env, args, command or annotation names. */
export type CallView = { 
/** Object id of the calling workload. */
from: string, 
/** Object id of the Service or workload it reaches; absent where the name means nothing in this cluster. */
to: string | null, 
/** What is written there: `redis-cart:6379`, `http://api/cart`. */
text: string, range: TextRange | null, };

/** A condition of a pod's status. */
export type ConditionView = { 
/** `PodScheduled`, `PodReadyToStartContainers`, `Initialized`, `ContainersReady`, `Ready`. */
type: string, 
/** `True` or `False`. */
status: string, 
/** `Unschedulable`, `ContainersNotReady`, ...; empty where it holds. */
reason: string, message: string, 
/** Virtual seconds at which it came to be so. */
since: number, };

/** A container at an instant. */
export type ContainerStatus = { name: string, 
/** `container`, `init` or `sidecar`. */
role: string, 
/** `waiting`, `running` or `terminated`. */
state: string, 
/** `CrashLoopBackOff`, `Completed`, ...; empty while it runs. */
reason: string, message: string, 
/** Of a container that has terminated, or of its last run where it waits or runs again. */
exit_code: number | null, ready: boolean, started: boolean, restarts: number, 
/** Virtual seconds at which its state began. */
since: number, 
/** How the run before ended: `Error`, `Completed`; empty where there was none. */
last_reason: string, };

/** A container of a pod, drawn as a platform of its station. */
export type ContainerView = { name: string, image: string, 
/** `container`, `init`, or `sidecar` (an init container with restartPolicy Always). */
role: string, ready: boolean, 
/** `8080/TCP`, `127.0.0.1:9000/TCP`. */
listens: Array<string>, range: TextRange | null, };

/** Something to tell the author of a manifest, with the place and, where there is one, the edit that mends it. */
export type Diagnostic = { severity: Severity, 
/** A stable name: a finding code (`selector-matches-nothing`) or a reader's code (`yaml-syntax`). */
code: string, 
/** One sentence: what is wrong. */
message: string, 
/** One sentence: how to mend it; empty where the message says it already. */
help: string, 
/** Object id of the object a person must edit. */
object: string | null, 
/** Field path in Kubernetes' notation: `spec.ports[0].targetPort`. */
field: string | null, range: TextRange | null, fix: Fix | null, };

/** The answer to a `dns` query. */
export type DnsAnswer = { 
/** `NOERROR`, `NXDOMAIN`, `SERVFAIL`, `REFUSED`, or `TIMEOUT` where no server answered. */
rcode: string, answers: Array<DnsRecord>, additional: Array<DnsRecord>, 
/** What the pod's resolver sent, in order. */
queries: Array<SentQuery>, 
/** Why it failed, where it did, as a sentence. */
detail: string, };

/** A resource record in presentation form. */
export type DnsRecord = { 
/** Absolute, with its root dot. */
name: string, type: string, 
/** Seconds. */
ttl: number, data: string, };

/** One replacement of a stretch of text. */
export type Edit = { range: TextRange, text: string, };

/** One address and port of a Service's EndpointSlices. */
export type EndpointAddress = { ip: string, port: number | null, port_name: string, protocol: string, ready: boolean, serving: boolean, terminating: boolean, node: string | null, pod: string | null, 
/** The name of the slice that holds it. */
slice: string, zone: string | null, 
/** The name that DNS gives it within its Service. */
hostname: string | null, 
/** The zones and nodes it is meant for; absent without hints. */
zone_hints: Array<string> | null, node_hints: Array<string> | null, };

/** The answer to an `endpoints` query. */
export type EndpointsAnswer = { addresses: Array<EndpointAddress>, };

/** Something that happened. */
export type EventView = { 
/** Virtual seconds. */
at: number, 
/** `Normal` or `Warning`. */
type: string, reason: string, 
/** Object id of what it is about. */
object: string, message: string, };

/** The whole text of an object. */
export type Extent = { 
/** Object id. */
object: string, range: TextRange, };

/** A file as one container sees it. */
export type FileSeen = { 
/** As it was asked for; may hold `*`. */
path: string, exists: boolean, 
/** The volume that holds the path; absent for the container's own file system. */
volume: string | null, 
/** Containers of the pod that write it there, and `namespace/pod/container` of other pods. */
written_by: Array<string>, 
/** Why it is there or not, as a sentence without the full stop. */
reason: string, 
/** The mount, then where it is said who writes it. */
lines: Array<LineRef>, };

/** The answer to a `files` query: of one path, or of all that the container reads. */
export type FilesAnswer = { 
/** Every file that the container reads, where none was asked for. */
files?: Array<FileSeen>, 
/** As it was asked for; may hold `*`. */
path: string, exists: boolean, 
/** The volume that holds the path; absent for the container's own file system. */
volume: string | null, 
/** Containers of the pod that write it there, and `namespace/pod/container` of other pods. */
written_by: Array<string>, 
/** Why it is there or not, as a sentence without the full stop. */
reason: string, 
/** The mount, then where it is said who writes it. */
lines: Array<LineRef>, };

/** A request that failed. */
export type FirstFailure = { 
/** Seconds of the virtual clock at which it was due. */
at: number, outcome: Outcome, status?: number | null, 
/** A finding code, where one names the fault. */
reason?: string | null, headline: string, detail: string, hops: Array<Hop>, };

/** A text edit that can be applied with one press. */
export type Fix = { 
/** The label of the button: `Change to api`. */
title: string, edits: Array<Edit>, };

/** How one goal of a lesson stands. */
export type GoalResult = { id: string, met: boolean, 
/** What was seen, in a sentence: `Timed out at NetworkPolicy db-allow`. */
seen: string, };

/** One stop of a request: who decided, what came in, by which rule, and what went out. */
export type Hop = { 
/** Position in the list, from 0. */
index: number, 
/** 0 for the request that was asked for, one more for each downstream call around this hop. */
depth: number, 
/** Index of the `client` hop that started the exchange this hop belongs to; its own index for a `client` hop. */
exchange: number, kind: HopKind, 
/** Object id of who decided here: a pod, a Service, a node, a policy, the outside. */
actor: string, 
/** What a person calls it: `Service web`, `outside`, `web-7c9f-9qlmd`. */
title: string, 
/** What came in: `TCP 10.244.3.4 → 10.96.41.8:80`. */
came_in: string, 
/** The rule that matched, as a sentence without the full stop. */
rule: string, 
/** What went out: `10.96.41.8:80 → 10.244.1.5:8080`; empty where it ended here. */
went_out: string, 
/** The manifest lines the rule comes from, the deciding one first. */
lines: Array<LineRef>, 
/** Virtual microseconds since the request began. */
at_us: number, 
/** Object id of the Service whose line the packet travels on when it leaves here: the one that was asked for, until another
 * translates the address. */
service: string | null, 
/** Set on the hop at which an exchange ended, with how. */
end: Outcome | null, 
/** HTTP status, where `end` is `response`. */
status: number | null, };

/** What kind of stop a hop is. */
export type HopKind = "client" | "dns" | "node" | "service" | "policy" | "container" | "route" | "outside";

/** What one hop takes of a request's time. */
export type HopLatency = { 
/** Object id: the name server's Service, the Service for the connection, the workload for its answer, the client while it waits for a
 * connection. */
actor: string, ms: number, };

/** Milliseconds by rank: of a hundred requests, fifty took at most `p50`. */
export type Latency = { p50: number, p90: number, p99: number, max: number, };

/** A manifest line that a hop or a message points to. */
export type LineRef = { 
/** `spec.ports[0].targetPort`. */
field: string, range: TextRange, };

/** A cluster on its clock: what changes as time passes, without the problems of the manifests. */
export type Moment = { 
/** Virtual milliseconds. */
now_ms: number, 
/** When something happens next; absent where nothing ever will by itself. */
next_ms: number | null, picture: Picture, pods: Array<PodStatus>, events: Array<EventView>, 
/** What the API server refused of the action that led here. */
warnings: Array<string>, };

/** A node, drawn as a district. */
export type NodeView = { 
/** Object id `Node/node-1`. */
id: string, name: string, address: string, pod_cidr: string, zone: string | null, range: TextRange | null, };

/** How a request ended. */
export type Outcome = "response" | "connected" | "refused" | "timeout" | "reset" | "dns_nxdomain" | "dns_timeout" | "tls_error" | "unroutable";

/** The answer to a `packet` query: what kube-proxy on a node does with a packet. */
export type PacketAnswer = { 
/** `forward`, `reject`, `drop`, or `none` where it is not its business. */
verdict: string, 
/** Every endpoint it may go to, `10.244.1.2:80`; empty unless forwarded. */
endpoints: Array<string>, 
/** Whether its source is rewritten; of a packet that may come back to its own sender, whether it is in that case. */
masquerade: boolean, };

/** Who sends, in the contract's words: a pod or a workload of a namespace, a node, or an address. */
export type Peer = { namespace?: string, pod?: string, 
/** `Deployment/web`: its first pod. */
workload?: string, container?: string, node?: string, ip?: string, };

/** Somebody who can send a request. */
export type PeerOption = { 
/** Object id: `Outside/198.51.100.7`, `Deployment/shop/web`, `Pod/shop/curl`, `Node/node-1`. */
id: string, 
/** What a menu shows: `outside`, `web`, `web in shop`. */
label: string, 
/** The peer as a query takes it. */
peer: Peer, };

/** The cluster as it is to be drawn; the order in each list is stable while a person types. */
export type Picture = { nodes: Array<NodeView>, services: Array<ServiceView>, pods: Array<PodView>, calls: Array<CallView>, policies: Array<PolicyView>, };

/** A pod at an instant. */
export type PodStatus = { namespace: string, name: string, 
/** Absent while no node has taken it. */
node: string | null, 
/** Absent until it has its sandbox. */
ip: string | null, 
/** `Pending`, `Running`, `Succeeded`, `Failed`. */
phase: string, 
/** The STATUS column of `kubectl get pods`. */
status: string, 
/** The READY column: `1/2`. */
ready: string, restarts: number, 
/** Whole seconds since it was made. */
age_seconds: number, 
/** Why it is not ready, as a sentence; empty where it is. */
why: string, 
/** Init containers first, in their order. */
containers: Array<ContainerStatus>, 
/** Absent in a view. */
conditions?: Array<ConditionView>, 
/** Those of the pod itself, the oldest first. Absent in a view, where they stand among the events of all. */
events?: Array<EventView>, };

/** A pod, drawn as a station. */
export type PodView = { 
/** Object id `Pod/shop/web-7c9f-9qlmd`. */
id: string, namespace: string, name: string, 
/** The workload's own name, `web`; for a bare pod the pod's name. */
app: string, 
/** What tells this pod from its siblings, `7c9f-9qlmd`; empty for a bare pod. */
suffix: string, 
/** Object id of the workload a person would edit: `Deployment/shop/web`; a bare pod's own id. */
workload: string, 
/** Object id of its node; absent while Pending. */
node: string | null, ip: string | null, 
/** What `kubectl get pods` says: `Running`, `Pending`, `CrashLoopBackOff`, `Completed`. */
status: string, ready: boolean, 
/** Why it is not ready, in a sentence; empty where it is. */
why: string, containers: Array<ContainerView>, 
/** Part of the cluster itself (CoreDNS), not of the manifests. */
system: boolean, 
/** Distance from where requests enter, as for a Service. */
rank: number, range: TextRange | null, };

/** All pods, and what happened in the cluster. */
export type PodsAnswer = { 
/** In the order of namespace and name. */
pods: Array<PodStatus>, 
/** The oldest first, as far back as they are kept. */
events: Array<EventView>, };

/** A NetworkPolicy, drawn as the barrier in front of the pods it isolates. */
export type PolicyView = { 
/** Object id `NetworkPolicy/shop/db-allow`. */
id: string, namespace: string, name: string, ingress: boolean, egress: boolean, 
/** Object ids of the pods it isolates. */
pods: Array<string>, range: TextRange | null, };

/** The answer to a `request` query: how it ended and every hop on the way. */
export type RequestAnswer = { outcome: Outcome, status?: number | null, response_headers?: { [key in string]: string }, 
/** What the answer holds, where that is known. */
body?: string, backend?: Backend | null, backend_request?: BackendRequest | null, source_ip?: string | null, 
/** The certificate that an ingress controller or a gateway showed. */
tls?: TlsShown | null, 
/** With `count` over 1: how many of the requests each `namespace/pod` got. */
distribution?: { [key in string]: number }, 
/** With `courses`: every course that one of the requests took, told in full, in the order in which they were first taken. */
courses?: Array<RequestAnswer>, 
/** With `courses`: which of them each of the requests took, in their order. One that is not told here any more, for there are
 * too many, is told as the `nth`. */
taken?: Array<number>, 
/** A finding code, where it failed. */
reason?: string | null, 
/** The verdict in a line: `200 OK from web-7c9f-9qlmd`, `Timed out at NetworkPolicy db-allow`. */
headline: string, 
/** What else is worth saying about it; may be empty. */
detail: string, 
/** Whether everything that was asked for worked, downstream calls included. */
ok: boolean, 
/** Virtual microseconds from the first hop to the last. */
duration_us: number, hops: Array<Hop>, };

/** Lines of rules that come from one field of a Service. */
export type RuleOrigin = { 
/** Number of the first line of the text, from 1. */
first: number, 
/** Number of the last line. */
last: number, 
/** Object id of the Service. */
object: string, 
/** The field, or the nearest one above it that is written. */
line: LineRef | null, };

/** The answer to a `rules` query: kube-proxy's rules on a node. */
export type RulesAnswer = { 
/** As the tool of the proxy mode prints them: `iptables-save`, `nft list table`, `ipvsadm -Ln`. */
text: string, 
/** Which lines come from which field, in the order of the lines; lines that no Service brings are in none. */
origins: Array<RuleOrigin>, };

/** One question that a resolver sent. */
export type SentQuery = { name: string, type: string, rcode: string, };

/** A Service, drawn as a line with a roundel. */
export type ServiceView = { 
/** Object id `Service/shop/web`. */
id: string, namespace: string, name: string, 
/** `ClusterIP`, `NodePort`, `LoadBalancer`, `ExternalName`, or `Headless` for a ClusterIP Service without address. */
service_type: string, 
/** One or two letters for the roundel, unique in this picture. */
mark: string, cluster_ips: Array<string>, 
/** Addresses that answer from outside: of a load balancer, externalIPs. */
external_ips: Array<string>, 
/** `80 → 8080/TCP` (`http 80 → http/TCP`), with `:30080` behind where there is a node port. */
ports: Array<string>, 
/** Object ids of the pods behind it, ready or not, without duplicates. */
pods: Array<string>, 
/** Distance from where requests enter: 0 for an entry, then one more for each call; what nobody calls and nothing enters is 0. */
rank: number, 
/** Part of the cluster itself (kube-dns), not of the manifests. */
system: boolean, range: TextRange | null, };

/** How bad a diagnostic is: `error` breaks something, `warning` will hurt, `note` says what is not modelled. */
export type Severity = "error" | "warning" | "note";

/** One file of the editor: its name and its whole text. */
export type SourceFile = { name: string, text: string, };

/** A request worth sending. */
export type Suggestion = { 
/** What a menu shows: `LoadBalancer frontend-external`. */
label: string, 
/** Id of the peer to send from. */
from: string, url: string, };

/** A stretch of a file: lines from 1, columns from 1 in UTF-16 code units (what an editor counts), the end exclusive. */
export type TextRange = { 
/** Index of the file in the order they were loaded. */
file: number, line: number, column: number, end_line: number, end_column: number, };

/** What a client saw of TLS at the edge; it goes on whatever it sees, and says whether a real one would. */
export type TlsShown = { 
/** The name that it asked for. */
server_name: string, 
/** The names that the certificate is for; empty for a controller's own. */
names: Array<string>, 
/** Whether the certificate is for the name that was asked for. */
matches: boolean, 
/** Whether the controller showed its own certificate, for want of a right one. */
fallback: boolean, };

/** The figures of a steady load. */
export type TrafficAnswer = { 
/** Seconds of the virtual clock at which the first request was sent. */
began_at: number, sent: number, succeeded: number, 
/** By outcome, or by status where the answer has one of 400 or more. */
failed: { [key in string]: number }, 
/** Who answered those that succeeded: `namespace/pod`, or an address outside. */
by_backend: { [key in string]: number }, 
/** Of the requests that were answered, if any was. */
latency_ms?: Latency | null, 
/** Where the answered requests spent their time, on average; the parts add up to their mean latency. */
latency_by_hop: Array<HopLatency>, 
/** Requests by the second in which they were due. */
timeline: Array<TrafficSecond>, 
/** Of the requests that failed, the one that was due first. */
first_failure?: FirstFailure | null, 
/** Connections that the client opened. */
connections: number, 
/** Questions that its resolver sent to name servers. */
dns_queries: number, 
/** Requests that were answered at another address than the first that was tried. */
other_address: number, 
/** Downstream calls that failed, by outcome or status, whatever was answered in spite of it. */
failed_calls: { [key in string]: number }, 
/** What the API server refused of the actions on the way. */
warnings?: Array<string>, };

/** The requests of one second. */
export type TrafficSecond = { 
/** From 0, since the load began. */
second: number, sent: number, succeeded: number, failed: number, };

/** The answer to a `validate` query: the API server's verdict on each object, in the order they stand. */
export type ValidateAnswer = { objects: Array<ValidatedObject>, };

/** The verdict on one object. */
export type ValidatedObject = { kind: string, namespace?: string | null, name: string, accepted: boolean, errors: Array<ValidationError>, };

/** One field that made the API server reject an object, in its words. */
export type ValidationError = { field: string, 
/** `Required value`, `Invalid value`, `Unsupported value`, `unknown field`, ... */
reason: string, detail: string, };

/** Everything the page draws after a text was loaded: problems, picture, and what can be asked. */
export type View = { 
/** The Kubernetes version that is modelled, `1.37`. */
kubernetes: string, 
/** How many objects were accepted. */
objects: number, 
/** Where each of them stands, by file, then position. */
extents: Array<Extent>, 
/** Sorted by file, then position; those without a range last. */
diagnostics: Array<Diagnostic>, picture: Picture, 
/** Who can send a request: outside first, then workloads and bare pods by name. */
peers: Array<PeerOption>, 
/** Requests that make sense in this cluster, the most telling first; the first is the default of the request bar. */
suggestions: Array<Suggestion>, 
/** Virtual time in milliseconds at which this was seen. */
now_ms: number, 
/** When something happens next; absent where nothing ever will by itself. */
next_ms: number | null, pods: Array<PodStatus>, 
/** The oldest first, as far back as they are kept. */
events: Array<EventView>, };
