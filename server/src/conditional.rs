//! Conditional requests: a client that has the current version of something gets 304 instead of its bytes.
//!
//! RFC 9110, sections 8.8.3 (ETag) and 13.1.2 (If-None-Match). Tags are weak, because the same page may be sent
//! compressed or not.

use std::hash::{DefaultHasher, Hash, Hasher};

use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use headers::{ETag, HeaderMapExt, IfNoneMatch};

/// Pages are far smaller; this only bounds the buffer.
const LARGEST_PAGE: usize = 16 << 20;

/// The tag of these bytes, quoted and weak.
pub fn tag(bytes: &[u8]) -> HeaderValue {
    // Not a cryptographic hash: nobody gains by making their own two versions of a page collide.
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    let text = format!("W/\"{:016x}\"", hasher.finish());
    HeaderValue::from_str(&text).unwrap_or(HeaderValue::from_static("W/\"0\""))
}

/// Middleware: gives every successful response an `ETag`, makes pages revalidate, and answers `If-None-Match`.
pub async fn revalidate(request: Request, next: Next) -> Response {
    let asks = matches!(*request.method(), Method::GET | Method::HEAD);
    let known: Option<IfNoneMatch> = request.headers().typed_get();
    let response = next.run(request).await;
    if !asks || response.status() != StatusCode::OK {
        return response;
    }
    let mut response = match tagged(response).await {
        Ok(response) => response,
        Err(error) => return error.into_response(),
    };
    let current: Option<ETag> = response.headers().typed_get();
    if let (Some(known), Some(current)) = (known, current)
        && !known.precondition_passes(&current)
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        *response.body_mut() = Body::empty();
        for header in [header::CONTENT_LENGTH, header::CONTENT_TYPE, header::CONTENT_ENCODING] {
            response.headers_mut().remove(header);
        }
    }
    response
}

/// The same response with an `ETag` and a `Cache-Control`, which are kept where the handler set them.
async fn tagged(response: Response) -> Result<Response, StatusCode> {
    let (mut head, mut body) = response.into_parts();
    if !head.headers.contains_key(header::ETAG) {
        let bytes = to_bytes(body, LARGEST_PAGE).await.map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)?;
        head.headers.insert(header::ETAG, tag(&bytes));
        body = Body::from(bytes);
    }
    head.headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-cache"));
    Ok(Response::from_parts(head, body))
}
