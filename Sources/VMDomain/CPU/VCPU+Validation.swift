public import VMXML

extension VCPU: Validated {
    public func validate(_ v: inout Validation) {
        guard let count else { return }
        if count == 0 {
            v.error("vcpu-zero", "the machine needs at least one virtual CPU", at: .content, found: "0")
        } else if count > VCPU.most {
            v.error(
                "vcpu-too-many", "\(count) virtual CPUs are more than the \(VCPU.most) that can be numbered",
                at: .content, found: String(count))
        }
        if current == 0 {
            v.error(
                "vcpu-zero", "the machine needs at least one virtual CPU", at: .attribute("current"), found: "0")
        } else if let current, current > count, v.domain.vcpus.isEmpty {
            v.error(
                "vcpu-order", "\(current) current virtual CPUs are more than the largest number of \(count)",
                at: .attribute("current"), found: String(current))
        }
    }

    /// The most virtual CPUs a document may ask for.
    package static var most: UInt32 { UInt32(CPUSet.limit) }

    /// Checks `<vcpus>`: numbers exist and aren't repeated, the first CPU is on, the order is plain.
    static func validate(_ states: [State], _ v: inout Validation) {
        var seen: Set<UInt32> = []
        var orders: Set<UInt32> = []
        let count = v.domain.vcpu?.count
        v.each("vcpu", states) { v, state in
            guard let id = state.id else { return }
            if let count, id >= count {
                v.error(
                    "missing-vcpu", "there is no virtual CPU \(id): <vcpu> has \(count), counted from 0",
                    at: .attribute("id"), found: String(id))
            }
            if !seen.insert(id).inserted {
                v.error("duplicate-vcpu", "virtual CPU \(id) is listed twice", at: .attribute("id"), found: String(id))
            }
            if let order = state.order, !orders.insert(order).inserted {
                v.error(
                    "duplicate-order", "two virtual CPUs have the order \(order)", at: .attribute("order"),
                    found: String(order))
            }
            if id == 0, state.enabled == .no {
                v.error("vcpu-zero", "virtual CPU 0 can't be off", at: .attribute("enabled"), found: "no")
            }
            if state.enabled == .no, state.hotpluggable == .no {
                v.error(
                    "vcpu-unpluggable", "virtual CPU \(id) is off and can't be plugged in",
                    at: .attribute("hotpluggable"), found: "no")
            }
        }
    }
}

extension IOThread {
    /// Checks `<iothreadids>`.
    static func validate(_ threads: [IOThread], _ v: inout Validation) {
        var seen: Set<UInt32> = []
        v.each("iothread", threads) { v, thread in
            guard let id = thread.id else { return }
            if id == 0 {
                v.error("iothread-zero", "I/O threads count from 1", at: .attribute("id"), found: "0")
            } else if !seen.insert(id).inserted {
                v.error(
                    "duplicate-iothread", "I/O thread \(id) is listed twice", at: .attribute("id"), found: String(id))
            }
            validate(pool: thread.threadPoolMin, thread.threadPoolMax, &v)
        }
    }

    static func validate(pool least: UInt32?, _ most: UInt32?, _ v: inout Validation) {
        if let least, let most, least > most {
            v.error(
                "thread-pool", "the pool's least number of threads, \(least), exceeds the largest, \(most)",
                at: .attribute("thread_pool_min"), found: String(least))
        }
    }
}

extension DefaultIOThread: Validated {
    public func validate(_ v: inout Validation) {
        IOThread.validate(pool: threadPoolMin, threadPoolMax, &v)
    }
}
