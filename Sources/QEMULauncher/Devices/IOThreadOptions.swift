internal import VMDomain
internal import VMJSON

/// `<iothreads>`, `<iothreadids>` and `<defaultiothread>`: threads that serve devices.
enum IOThreadOptions {
    static func all(_ context: BuildContext) -> [QEMUOption] {
        var options = context.domain.numberedIOThreads.map { thread in
            QEMUOption(.object, properties(of: thread), from: thread.origin)
        }
        if let main = context.domain.defaultiothread {
            var properties: JSONObject = ["qom-type": "main-loop", "id": "main-loop"]
            properties.put("thread-pool-min", main.threadPoolMin)
            properties.put("thread-pool-max", main.threadPoolMax)
            options.append(QEMUOption(.object, properties, from: main.origin))
        }
        return options
    }

    /// A thread as `-object` and `object-add` take it.
    static func properties(of thread: IOThread) -> JSONObject {
        var properties: JSONObject = ["qom-type": "iothread", "id": .string("iothread\(thread.id ?? 0)")]
        properties.put("poll-max-ns", thread.poll?.max)
        properties.put("poll-grow", thread.poll?.grow)
        properties.put("poll-shrink", thread.poll?.shrink)
        properties.put("thread-pool-min", thread.threadPoolMin)
        properties.put("thread-pool-max", thread.threadPoolMax)
        return properties
    }

    /// Which threads serve which queues, as virtio devices take it; nil for none.
    static func mapping(_ threads: [DiskIOThread]) -> JSONValue? {
        guard !threads.isEmpty else { return nil }
        return .array(
            threads.map { thread in
                var entry: JSONObject = ["iothread": .string("iothread\(thread.id ?? 0)")]
                if !thread.queues.isEmpty { entry["vqs"] = .array(thread.queues.map { JSONValue($0.id ?? 0) }) }
                return .object(entry)
            })
    }
}
