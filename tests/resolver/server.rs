//! A name server that answers from a simulated cluster, and keeps what it was asked.

use std::net::{IpAddr, SocketAddr};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use hickory_server::Server;
use hickory_server::net::runtime::Time;
use hickory_server::proto::op::{Header, HeaderCounts, Metadata, ResponseCode};
use hickory_server::proto::rr::rdata::{A, AAAA, CNAME, NS, PTR, SOA, SRV, TXT};
use hickory_server::proto::rr::{Name as WireName, RData, Record as WireRecord};
use hickory_server::server::{Request, RequestHandler, ResponseHandler, ResponseInfo};
use hickory_server::zone_handler::MessageResponseBuilder;
use playground_wasm::dns::{Decision, Name, Question, Rcode, Record, RecordData, RecordType, Response};
use tokio::net::{TcpListener, UdpSocket};

/// A question as it arrived, and the server it arrived at.
pub type Asked = (IpAddr, String, RecordType);

/// What answers a question that was sent to a server; nothing where it stays silent.
pub type Answer = dyn Fn(IpAddr, &Question) -> Option<Response>;

/// Name servers that listen at several addresses.
pub struct Servers {
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Servers {
    /// Listens at port 53 of the addresses; the answers are made in the one thread that `make` is called in.
    pub fn start(addresses: &[IpAddr], make: impl FnOnce() -> Box<Answer> + Send + 'static) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (questions, inbox) = mpsc::channel::<(IpAddr, Question, Sender<Option<Response>>)>();
        thread::spawn(move || {
            let answer = make();
            for (server, question, reply) in inbox {
                let _ = reply.send(answer(server, &question));
            }
        });
        let (ready, started) = mpsc::channel();
        for &address in addresses {
            let handler = Handler { address, asked: Arc::clone(&asked), questions: questions.clone() };
            let ready = ready.clone();
            // One thread and no more: questions are noted in the order in which they arrive.
            thread::spawn(move || {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
                runtime.block_on(async {
                    let socket = UdpSocket::bind(SocketAddr::new(address, 53)).await.expect("port 53");
                    let listener = TcpListener::bind(SocketAddr::new(address, 53)).await.expect("port 53 over TCP");
                    let mut server = Server::new(handler);
                    server.register_socket(socket);
                    server.register_listener(listener, Duration::from_secs(5), 16);
                    ready.send(()).expect("a waiting test");
                    server.block_until_done().await.expect("a server that goes on");
                });
            });
        }
        for _ in addresses {
            started.recv().expect("a server that started");
        }
        Self { asked }
    }

    /// What was asked since the last time, in the order of arrival.
    pub fn take(&self) -> Vec<Asked> {
        std::mem::take(&mut self.asked.lock().expect("the list"))
    }
}

struct Handler {
    address: IpAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    questions: Sender<(IpAddr, Question, Sender<Option<Response>>)>,
}

#[async_trait::async_trait]
impl RequestHandler for Handler {
    async fn handle_request<R: ResponseHandler, T: Time>(&self, request: &Request, mut response_handle: R) -> ResponseInfo {
        let query = request.request_info().expect("one question").query.original().clone();
        let rtype = RecordType(query.query_type().into());
        let name = query.name().to_ascii();
        self.asked.lock().expect("the list").push((self.address, name.clone(), rtype));
        let (reply, answer) = mpsc::channel();
        let question = Question { name: Name::parse(&name).expect("a name"), rtype };
        self.questions.send((self.address, question, reply)).expect("the thread that answers");
        let mut metadata = Metadata::response_from_request(&request.metadata);
        let Some(response) = answer.recv().expect("an answer") else {
            return ResponseInfo::from(Header { metadata, counts: HeaderCounts::default() });
        };
        // As CoreDNS has it for its own zone, and a recursive server for the rest: glibc takes an empty answer with neither flag
        // for that of a lame server, and asks on.
        metadata.authoritative = response.decision != Decision::Outside;
        metadata.recursion_available = !metadata.authoritative;
        metadata.response_code = match response.rcode {
            Rcode::NoError => ResponseCode::NoError,
            Rcode::ServFail => ResponseCode::ServFail,
            Rcode::NxDomain => ResponseCode::NXDomain,
            Rcode::Refused => ResponseCode::Refused,
        };
        let wire = |records: &[Record]| records.iter().map(wire).collect::<Vec<_>>();
        let (answers, authority, additional) = (wire(&response.answers), wire(&response.authority), wire(&response.additional));
        let message = MessageResponseBuilder::from_message_request(request).build(metadata, &answers, &authority, [], &additional);
        response_handle.send_response(message).await.expect("a reply")
    }
}

fn wire(record: &Record) -> WireRecord {
    let name = |name: &Name| WireName::from_ascii(name.as_str()).expect("a name");
    let data = match &record.data {
        RecordData::A(ip) => RData::A(A(*ip)),
        RecordData::Aaaa(ip) => RData::AAAA(AAAA(*ip)),
        RecordData::Cname(target) => RData::CNAME(CNAME(name(target))),
        RecordData::Ns(server) => RData::NS(NS(name(server))),
        RecordData::Ptr(target) => RData::PTR(PTR(name(target))),
        RecordData::Soa(soa) => {
            let seconds = |number: u32| i32::try_from(number).expect("seconds");
            let (primary, mailbox) = (name(&soa.primary), name(&soa.mailbox));
            RData::SOA(SOA::new(primary, mailbox, soa.serial, seconds(soa.refresh), seconds(soa.retry), seconds(soa.expire), soa.minimum))
        }
        RecordData::Srv { priority, weight, port, target } => RData::SRV(SRV::new(*priority, *weight, *port, name(target))),
        RecordData::Txt(text) => RData::TXT(TXT::new(vec![text.clone()])),
    };
    WireRecord::from_rdata(name(&record.name), record.ttl, data)
}
