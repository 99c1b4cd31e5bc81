import Foundation
import Synchronization
import VMCore

/// A server of HTTP on this host that gives each path one answer, and breaks off where it is told to.
final class PageServer: Sendable {
    struct Page: Sendable {
        var status = "200 OK"
        var headers: [String] = []
        var body: [UInt8] = []
        /// What it says to be the body's length.
        var length: Int?
        /// Whether it says nothing more after the body, and keeps the connection.
        var hangs = false
    }

    let port: UInt32
    private let listener: Int32
    private let pages: [String: Page]
    private let seen = Mutex<[String]>([])

    /// What was asked for, in turn.
    var requests: [String] { seen.withLock { $0 } }

    init(_ pages: [String: Page]) throws {
        self.pages = pages
        listener = try Socket.listen(at: .tcp(host: "127.0.0.1", port: 0)).release()
        port = Socket.port(of: listener)
        let raw = listener
        Thread.detachNewThread { [weak self] in
            while Poll.isReadable(raw, by: .after(.seconds(60))), let server = self {
                server.answer()
            }
        }
    }

    deinit {
        shutdown(listener, Int32(SHUT_RDWR))
        close(listener)
    }

    func address(_ path: String, user: String = "") -> String { "http://\(user)127.0.0.1:\(port)\(path)" }

    private func answer() {
        guard let client = try? Socket.accept(on: listener) else { return }
        var head: [UInt8] = []
        while !String(decoding: head, as: UTF8.self).contains("\r\n\r\n"),
            Poll.isReadable(client.raw, by: .after(.seconds(5)))
        {
            guard let bytes = try? client.readSome("request", limit: 4096), !bytes.isEmpty else { return }
            head += bytes
        }
        let words = String(decoding: head, as: UTF8.self).split(separator: " ")
        let path = words.count > 1 ? String(words[1]) : ""
        seen.withLock { $0.append(path) }
        let page = pages[path] ?? Page(status: "404 Not Found", body: Array("there is no such page".utf8))
        var lines = ["HTTP/1.1 \(page.status)", "Connection: close"] + page.headers
        lines.append("Content-Length: \(page.length ?? page.body.count)")
        try? client.writeAll(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + page.body, "answer")
        if page.hangs { _ = Poll.isReadable(client.raw, by: .after(.seconds(60))) }
    }
}
