internal import MonitorJSON
internal import VMCore
internal import VMJSON

/// One client of the fake: runs a script over a socket, blocking, each wait bounded.
struct FakeConnection: ~Copyable {
    /// A script gone wrong.
    struct Problem: Error {
        let text: String
    }

    private let socket: FileDescriptor
    private let patience: Duration
    private let record: (JSONObject, Int) -> Void
    private var framer = ValueFramer()
    private var commands: [JSONObject] = []
    private var unanswered: [JSONValue?] = []
    private var layout = JSONWriter.Layout(escapesNonASCII: true)
    private var chunk = 0
    private var hasEnded = false

    init(_ socket: consuming FileDescriptor, patience: Duration, record: @escaping (JSONObject, Int) -> Void) {
        self.socket = socket
        self.patience = patience
        self.record = record
    }

    /// Takes the steps; returns when they are done or the client is gone where that is allowed.
    mutating func run(_ steps: [FakeStep]) throws(Problem) {
        for step in steps { try run(step) }
    }

    private mutating func run(_ step: FakeStep) throws(Problem) {
        switch step {
        case .greet(let greeting): try send(greeting.json)
        case .negotiate:
            try expect("qmp_capabilities", nil)
            try answer(first: true, "return", [:])
        case .expect(let name, let arguments): try expect(name, arguments)
        case .reply(let value): try answer(first: true, "return", value)
        case .replyToLast(let value): try answer(first: false, "return", value)
        case .refuse(let error): try answer(first: true, "error", error.json)
        case .refuseWithoutID(let error): try send(["error": error.json])
        case .event(let event): try send(.object(event.json))
        case .flood(let name, let count): try flood(name, count)
        case .serve(let body): try serve(body)
        case .raw(let bytes): try send(bytes: bytes)
        case .delay(let duration): Poll.sleep(duration)
        case .chunk(let size): chunk = size
        case .pretty: layout.indent = 4
        case .close: hasEnded = true
        case .reset: try waitForUnreadBytes()
        case .awaitEnd: while try nextCommand() != nil {}
        }
    }

    // MARK: Reading

    private mutating func expect(_ name: String, _ arguments: JSONObject?) throws(Problem) {
        guard let command = try nextCommand() else { throw Problem(text: "the client closed before '\(name)'") }
        let got = (command["execute"] ?? command["exec-oob"])?.string
        guard got == name else { throw Problem(text: "expected '\(name)', got \(command)") }
        if let arguments, arguments != command["arguments"]?.object ?? [:] {
            throw Problem(text: "expected '\(name)' with \(arguments), got \(command)")
        }
        unanswered.append(command["id"])
    }

    /// The next command; nil when the client has closed.
    private mutating func nextCommand() throws(Problem) -> JSONObject? {
        let deadline = Deadline.after(patience)
        while commands.isEmpty {
            if hasEnded { return nil }
            guard Poll.isReadable(socket.raw, by: deadline) else {
                throw Problem(text: "nothing came from the client in time")
            }
            try read()
        }
        return commands.removeFirst()
    }

    private mutating func read() throws(Problem) {
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        var descriptors: [Int32] = []
        let received = bytes.withUnsafeMutableBytes {
            Socket.receive(into: $0, descriptors: &descriptors, from: socket.raw)
        }
        for descriptor in descriptors { _ = FileDescriptor(owning: descriptor) }
        switch received {
        case .bytes(let count): try take(Array(bytes.prefix(count)), descriptors: descriptors.count)
        case .wouldBlock: break
        case .end, .failed: hasEnded = true
        }
    }

    private mutating func take(_ bytes: [UInt8], descriptors: Int) throws(Problem) {
        var position = 0
        while true {
            let text: [UInt8]
            switch framer.next(in: bytes.span, at: &position) {
            case .here(let range): text = Array(bytes[range])
            case .held: text = framer.takeHeld()
            case .broken: continue
            case .nothing: return
            }
            guard let command = (try? JSONParser.parse(text, dialect: .qemu))?.object else {
                throw Problem(text: "the client sent '\(String(decoding: text, as: UTF8.self))'")
            }
            record(command, descriptors)
            commands.append(command)
        }
    }

    private mutating func serve(_ body: (String, JSONObject) -> FakeAnswer) throws(Problem) {
        while let command = try nextCommand() {
            let name = (command["execute"] ?? command["exec-oob"])?.string ?? ""
            unanswered.append(command["id"])
            switch body(name, command["arguments"]?.object ?? [:]) {
            case .value(let value): try answer(first: true, "return", value)
            case .refused(let error): try answer(first: true, "error", error.json)
            case .silence: unanswered.removeFirst()
            }
        }
    }

    private mutating func waitForUnreadBytes() throws(Problem) {
        guard Poll.isReadable(socket.raw, by: .after(patience)) else {
            throw Problem(text: "the client sent nothing that could be left unread")
        }
        hasEnded = true
    }

    // MARK: Writing

    private mutating func answer(first: Bool, _ key: String, _ value: JSONValue) throws(Problem) {
        guard !unanswered.isEmpty else { throw Problem(text: "there is no command to answer") }
        let id = first ? unanswered.removeFirst() : unanswered.removeLast()
        var message: JSONObject = [key: value]
        if let id { message["id"] = id }
        try send(.object(message))
    }

    private mutating func flood(_ name: String, _ count: Int) throws(Problem) {
        for number in 0..<count {
            let event = QMPEvent(name, data: ["number": JSONValue(number)], seconds: 1, microseconds: 2)
            try send(.object(event.json))
        }
    }

    private mutating func send(_ message: JSONValue) throws(Problem) {
        var writer = JSONWriter(layout: layout)
        writer.append(message)
        writer.append(raw: "\r\n")
        try send(bytes: writer.bytes)
    }

    private mutating func send(bytes: [UInt8]) throws(Problem) {
        let deadline = Deadline.after(patience)
        var sent = 0
        while sent < bytes.count {
            let end = chunk > 0 ? min(sent + chunk, bytes.count) : bytes.count
            switch Socket.send(bytes, sent..<end, to: socket.raw) {
            case .bytes(let count): sent += count
            case .failed(let code): throw Problem(text: "can't write to the client: \(errnoText(code))")
            case .wouldBlock:
                guard Poll.isWritable(socket.raw, by: deadline) else {
                    throw Problem(text: "the client does not read")
                }
            }
            if chunk > 0 { Poll.sleep(.microseconds(200)) }
        }
    }
}
