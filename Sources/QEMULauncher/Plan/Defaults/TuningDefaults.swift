internal import VMDomain

/// `<cputune>`: what is said of several threads is stored of each.
enum TuningDefaults {
    static func apply(to domain: inout Domain) {
        domain.cputune.vcpusched = domain.cputune.vcpusched
            .flatMap { entry in
                (entry.vcpus?.members ?? []).map { number in
                    var single = entry
                    single.vcpus = CPUSet([number])
                    return single
                }
            }
            .sorted { $0.vcpus?.members.first ?? 0 < $1.vcpus?.members.first ?? 0 }
        domain.cputune.iothreadsched = domain.cputune.iothreadsched
            .flatMap { entry in
                (entry.iothreads?.members ?? []).map { number in
                    var single = entry
                    single.iothreads = CPUSet([number])
                    return single
                }
            }
            .sorted { $0.iothreads?.members.first ?? 0 < $1.iothreads?.members.first ?? 0 }
    }
}

extension CPUTuning {
    /// Whether any thread is bound to CPUs of the host.
    var hasPins: Bool { !vcpupin.isEmpty || emulatorpin != nil || !iothreadpin.isEmpty }
}
