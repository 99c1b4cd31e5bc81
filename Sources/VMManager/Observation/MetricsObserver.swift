#if Metrics
    public import CoreMetrics
    internal import VMCore

    /// Counts and times what a manager does with swift-metrics.
    ///
    /// | Metric | Kind | Dimensions |
    /// | --- | --- | --- |
    /// | `vmctl_calls_total` | counter | `operation`, `result`: `ok` or the error's code, such as `timeout` |
    /// | `vmctl_call_duration` | timer | `operation` |
    /// | `vmctl_qmp_commands_total` | counter | `command`, `result` |
    /// | `vmctl_qmp_command_duration` | timer | `command` |
    /// | `vmctl_events_total` | counter | `event`: QEMU's name, or the word of the kind: `state`, `job`, `defined`, `gap` … |
    /// | `vmctl_state_changes_total` | counter | `state` |
    /// | `vmctl_reconnections_total` | counter | |
    ///
    /// Domains are no dimension: their number has no bound.
    public struct MetricsObserver: ManagerObserver {
        private let factory: any MetricsFactory

        public init(_ factory: any MetricsFactory = MetricsSystem.factory) { self.factory = factory }

        public func observe(_ observation: ManagerObservation) {
            switch observation {
            case .call(let report): count(report)
            case .event(let event): count(event)
            case .reconnected: increment("vmctl_reconnections_total", [])
            }
        }

        private func count(_ report: CallReport) {
            let result = ("result", report.error.map { "\($0.code)" } ?? "ok")
            if let command = report.command {
                let dimension = ("command", command.name)
                increment("vmctl_qmp_commands_total", [dimension, result])
                time("vmctl_qmp_command_duration", dimension, report.duration)
            } else {
                let dimension = ("operation", report.operation)
                increment("vmctl_calls_total", [dimension, result])
                time("vmctl_call_duration", dimension, report.duration)
            }
        }

        private func count(_ event: HostEvent) {
            if case .lifecycle(let change) = event.kind {
                increment("vmctl_state_changes_total", [("state", change.state.rawValue)])
            }
            increment("vmctl_events_total", [("event", event.qemu?.name ?? event.kind.word)])
        }

        private func increment(_ label: String, _ dimensions: [(String, String)]) {
            Counter(label: label, dimensions: dimensions, factory: factory).increment()
        }

        private func time(_ label: String, _ dimension: (String, String), _ duration: Duration) {
            Timer(label: label, dimensions: [dimension], factory: factory).recordNanoseconds(
                Int64(clamping: Int(duration / .nanoseconds(1))))
        }
    }
#endif
