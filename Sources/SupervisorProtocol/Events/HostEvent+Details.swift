public import VMJSON

/// What the larger kinds of events carry.
extension HostEvent {
    /// QEMU's own event.
    public struct QEMUEvent: Sendable, Hashable {
        /// QAPI's name, in capitals.
        public var name: String
        public var data: JSONValue
        /// What the supervisor knew besides when it came: the name of a `channel`; the `target`, `alias` and `file` of a
        /// disk.
        public var context: JSONObject

        public init(name: String, data: JSONValue, context: JSONObject = [:]) {
            self.name = name
            self.data = data
            self.context = context
        }
    }

    /// A disk couldn't be read or written.
    public struct IOError: Sendable, Hashable {
        /// The disk by its name in the domain's XML, `vda`; nil when QEMU doesn't tell which it is.
        public var target: String?
        public var alias: String?
        /// The file behind it; nil when it is none, or not known.
        public var file: String?
        /// QEMU's block node.
        public var node: String?
        /// What is done about it: `stop`, `report` or `ignore`.
        public var action: String
        /// QEMU's words, `No space left on device`.
        public var reason: String

        public init(
            target: String? = nil, alias: String? = nil, file: String? = nil, node: String? = nil, action: String,
            reason: String
        ) {
            self.target = target
            self.alias = alias
            self.file = file
            self.node = node
            self.action = action
            self.reason = reason
        }
    }

    /// What is in a drive, or behind a disk, has become something else.
    public struct DiskChange: Sendable, Hashable {
        public enum Reason: String, Sendable, CaseIterable {
            /// Somebody has changed or ejected the medium.
            case media
            /// The medium was missing at the start, and its drive is empty.
            case missingOnStart = "missing-on-start"
            /// The disk was missing at the start, and the machine is without it.
            case droppedOnStart = "dropped-on-start"
        }

        /// The disk by its name in the domain's XML, `sda`.
        public var target: String
        /// Nil for a disk that the machine is without.
        public var alias: String?
        /// The file or device before and after; nil for none.
        public var before: String?
        public var after: String?
        public var reason: Reason

        public init(target: String, alias: String? = nil, before: String?, after: String?, reason: Reason) {
            self.target = target
            self.alias = alias
            self.before = before
            self.after = after
            self.reason = reason
        }
    }

    /// The host's memory failed below the guest.
    public struct MemoryFailure: Sendable, Hashable {
        /// `hypervisor` or `guest`.
        public var recipient: String
        /// `ignore`, `inject`, `fatal` or `reset`.
        public var action: String
        public var isActionRequired: Bool
        public var isRecursive: Bool

        public init(recipient: String, action: String, isActionRequired: Bool = false, isRecursive: Bool = false) {
            self.recipient = recipient
            self.action = action
            self.isActionRequired = isActionRequired
            self.isRecursive = isRecursive
        }
    }

    /// A viewer of the screen came or went.
    public struct GraphicsConnection: Sendable, Hashable {
        /// libvirt's `virDomainEventGraphicsPhase`.
        public enum Phase: String, Sendable, CaseIterable { case connect, initialize, disconnect }

        public struct Address: Sendable, Hashable {
            /// `ipv4`, `ipv6`, `unix`, or another word of QEMU's.
            public var family: String
            public var node: String
            public var service: String

            public init(family: String, node: String, service: String) {
                self.family = family
                self.node = node
                self.service = service
            }
        }

        public var phase: Phase
        public var local: Address
        public var remote: Address
        /// The way in which the viewer has proved who it is.
        public var scheme: String
        /// The name by which it did: of an X.509 certificate, or of a SASL user.
        public var x509Name: String?
        public var saslName: String?

        public init(
            phase: Phase, local: Address, remote: Address, scheme: String = "", x509Name: String? = nil,
            saslName: String? = nil
        ) {
            self.phase = phase
            self.local = local
            self.remote = remote
            self.scheme = scheme
            self.x509Name = x509Name
            self.saslName = saslName
        }
    }

    /// A block job's end, or that it is ready to be completed.
    public struct BlockJobChange: Sendable, Hashable {
        /// libvirt's `virConnectDomainEventBlockJobStatus`.
        public enum Status: String, Sendable, CaseIterable { case completed, failed, canceled, ready }

        /// The job's id in QEMU.
        public var id: String
        /// ``BlockJob/Kind``, or of a job that wasn't begun by us QAPI's `JobType`: `stream`, `mirror`, `commit`, `backup`.
        public var type: String
        public var status: Status
        /// Why it failed.
        public var error: String?
        /// The disk, and the image that it has then; nil where a job of QEMU's isn't ours.
        public var target: String?
        public var path: String?

        public init(
            id: String, type: String, status: Status, error: String? = nil, target: String? = nil, path: String? = nil
        ) {
            self.id = id
            self.type = type
            self.status = status
            self.error = error
            self.target = target
            self.path = path
        }

        /// How a job of a disk has ended, or that it is ready.
        package init?(_ job: MachineJob, path: String?) {
            guard let block = job.block else { return nil }
            let status: Status? =
                switch job.phase {
                case .running: block.isReady ? .ready : nil
                case .completed: .completed
                case .failed: .failed
                case .cancelled: .canceled
                }
            guard let status else { return nil }
            self.init(
                id: block.qemuID, type: block.kind.rawValue, status: status, error: job.error.map { "\($0)" },
                target: job.disk, path: path)
        }
    }

    /// A job of the supervisor's: a save, a dump.
    public struct JobChange: Sendable, Hashable {
        public var id: String
        /// `save`, `dump`.
        public var operation: String
        /// `running` when it has begun; at its end `completed`, `failed` or `cancelled`.
        public var phase: String
        /// How long it has taken, in milliseconds; nil when it has only begun.
        public var elapsed: Int64?
        /// Why it failed.
        public var error: String?

        public init(
            id: String, operation: String, phase: String, elapsed: Int64? = nil, error: String? = nil
        ) {
            self.id = id
            self.operation = operation
            self.phase = phase
            self.elapsed = elapsed
            self.error = error
        }

        package init(_ job: MachineJob) {
            id = job.id
            operation = job.kind.rawValue
            phase = job.phase.rawValue
            elapsed = job.ended == nil ? nil : job.elapsed
            error = job.error.map { "\($0)" }
        }
    }
}
