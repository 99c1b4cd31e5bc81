#if Logging
    public import Logging
    internal import VMCore
    internal import VMJSON

    /// Writes what a manager does with swift-log: QMP commands at `trace`, events and calls at `debug`, changes of state
    /// and replaced supervisors at `info`, lost events at `notice`, failures at `warning`.
    ///
    /// Facts are metadata: `domain`, `operation`, `command`, `arguments`, `milliseconds`, `code`, `event`, `state`,
    /// `reason`. Secrets are never among them.
    public struct LogObserver: ManagerObserver {
        private let logger: Logger

        public init(_ logger: Logger = Logger(label: "vmctl.manager")) { self.logger = logger }

        public func observe(_ observation: ManagerObservation) {
            switch observation {
            case .call(let report): log(report)
            case .event(let event, let domain): log(event, domain)
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

        private func log(_ event: MachineEvent, _ domain: String) {
            var metadata: Logger.Metadata = ["domain": "\(domain)", "sequence": "\(event.sequence)"]
            switch event.kind {
            case .state(let state, let reason):
                metadata["state"] = "\(state.rawValue)"
                metadata["reason"] = "\(reason.rawValue)"
                logger.info("the state has changed", metadata: metadata)
            case .qmp(let name, _):
                metadata["event"] = "\(name)"
                logger.debug("QEMU sent an event", metadata: metadata)
            case .supervisor(let detail): logger.debug("\(detail)", metadata: metadata)
            case .helper(let program, let device, let detail):
                metadata["program"] = "\(program)"
                metadata["device"] = "\(device)"
                logger.warning("a program beside QEMU has ended: \(detail)", metadata: metadata)
            case .gap: logger.notice("events were lost", metadata: metadata)
            }
        }
    }
#endif
