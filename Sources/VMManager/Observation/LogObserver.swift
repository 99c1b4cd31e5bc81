#if Logging
    public import Logging
    internal import VMCore
    internal import VMJSON

    /// Writes what a manager does with swift-log: QMP commands at `trace`, events and calls at `debug`, changes of state
    /// and replaced supervisors at `info`, lost events at `notice`, failures at `warning`.
    ///
    /// Facts are metadata: `domain`, `operation`, `command`, `arguments`, `milliseconds`, `code`, `event`, `state`,
    /// `reason`, `number`. Secrets are never among them.
    public struct LogObserver: ManagerObserver {
        private let logger: Logger

        public init(_ logger: Logger = Logger(label: "vmctl.manager")) { self.logger = logger }

        public func observe(_ observation: ManagerObservation) {
            switch observation {
            case .call(let report): log(report)
            case .event(let event): log(event)
            case .reconnected(let domain):
                logger.info("the supervisor was replaced", metadata: ["domain": "\(domain)"])
            }
        }

        private func log(_ report: CallReport) {
            var metadata: Logger.Metadata = [
                "operation": "\(report.operation)", "milliseconds": "\(report.duration / .milliseconds(1))",
            ]
            if let domain = report.domain { metadata["domain"] = "\(domain)" }
            if let command = report.command {
                metadata["command"] = "\(command.name)"
                if !command.arguments.isEmpty { metadata["arguments"] = "\(command.arguments)" }
            }
            guard let error = report.error else {
                return logger.log(level: report.command == nil ? .debug : .trace, "done", metadata: metadata)
            }
            metadata["code"] = "\(error.code)"
            // Who cancels knows, and it is no fault.
            logger.log(level: error.code == .cancelled ? .debug : .warning, "\(error.message)", metadata: metadata)
        }

        private func log(_ event: HostEvent) {
            var metadata: Logger.Metadata = ["domain": "\(event.domain)", "number": "\(event.number)"]
            switch event.kind {
            case .lifecycle(let change):
                metadata["state"] = "\(change.state.rawValue)"
                metadata["reason"] = "\(change.reason.rawValue)"
                logger.info("the state has changed", metadata: metadata)
            case .supervisor(let detail): logger.debug("\(detail)", metadata: metadata)
            case .error(let detail): logger.warning("\(detail)", metadata: metadata)
            case .helper(let program, let device, let detail):
                metadata["program"] = "\(program)"
                metadata["device"] = "\(device)"
                logger.warning("a program beside QEMU has ended: \(detail)", metadata: metadata)
            case .gap: logger.notice("events were lost", metadata: metadata)
            default:
                metadata["event"] = "\(event.qemu?.name ?? event.kind.word)"
                logger.debug(
                    event.qemu == nil ? "something has happened" : "QEMU sent an event", metadata: metadata)
            }
        }
    }
#endif
