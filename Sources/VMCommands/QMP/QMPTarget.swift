internal import MonitorJSON
internal import VMCore
internal import VMManager

/// What `vmctl qmp` talks to.
enum QMPTarget: Sendable, Hashable {
    /// A domain, through its supervisor: beside everybody else who does.
    case domain(String)
    /// A monitor of its own, which serves one client at a time.
    case address(MonitorAddress)

    /// A word with a slash is a path, one that begins with `tcp:`, `unix:`, `vsock:` or `abstract:` an address,
    /// everything else a domain.
    init(_ word: String) throws(VMError) {
        let isAddress = ["tcp:", "unix:", "vsock:", "abstract:"].contains { word.hasPrefix($0) }
        if isAddress || word.contains("/") {
            self = .address(try MonitorAddress(parsing: word))
        } else {
            self = .domain(word)
        }
    }

    func connect(_ invocation: Invocation) throws(VMError) -> BlockingMonitor {
        let deadline = Deadline.after(try invocation.patience())
        switch self {
        case .domain(let key): return try invocation.manager().monitor(key, deadline: deadline)
        case .address(let address):
            let configuration = MonitorSession.Configuration(enablesOutOfBand: true)
            return try BlockingMonitor(connectingTo: address, configuration: configuration, deadline: deadline)
        }
    }
}
