//! The objects by which ingress controllers and gateways route, as they were accepted.

use std::rc::Rc;

use super::ObjectRef;
use crate::model::{Gateway, GatewayClass, Ingress, IngressClass, ListenerSet, ReferenceGrant, Route};

/// Ingress and Gateway API objects; each list is in the order of namespace and name, routes by kind first.
#[derive(Debug, Clone, Default)]
pub struct EdgeObjects {
    pub ingresses: Vec<(ObjectRef, Rc<Ingress>)>,
    pub ingress_classes: Vec<(ObjectRef, Rc<IngressClass>)>,
    pub gateway_classes: Vec<(ObjectRef, Rc<GatewayClass>)>,
    pub gateways: Vec<(ObjectRef, Rc<Gateway>)>,
    pub listener_sets: Vec<(ObjectRef, Rc<ListenerSet>)>,
    pub routes: Vec<(ObjectRef, Rc<Route>)>,
    pub grants: Vec<Rc<ReferenceGrant>>,
    /// Secrets of type `kubernetes.io/tls`.
    pub tls_secrets: Vec<ObjectRef>,
}
