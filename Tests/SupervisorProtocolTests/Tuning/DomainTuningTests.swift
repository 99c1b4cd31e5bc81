import Testing
import VMCore
import VMDomain

@testable import SupervisorProtocol

/// Typed parameters in documents.
struct DomainTuningTests {
    private static let groups: [TuningGroup] = [
        .memory, .blockIO, .scheduler, .numa, .perfEvents, .bandwidth(interface: "net0"), .blockLimits(disk: "vda"),
    ]

    private func domain() throws -> Domain {
        var domain = Domain()
        var disk = Disk()
        disk.target = DiskTarget()
        disk.target?.dev = "vda"
        domain.devices.disks = [disk]
        var card = Interface()
        card.type = .bridge
        card.alias = Alias("net0")
        domain.devices.interfaces = [card]
        return domain
    }

    @Test(arguments: groups)
    func `Each group has as many parameters as it says, and takes its own again`(_ group: TuningGroup) throws {
        var domain = try domain()
        let parameters = try domain.tuning(group)
        #expect(parameters.count == group.count)
        #expect(Set(parameters.map(\.name)).count == group.count)
        // An empty set of nodes is none that can be set.
        let settable = parameters.filter { $0.name != "numa_nodeset" && $0.name != "numa_mode" }
        try domain.tune(group, settable)
        #expect(try domain.tuning(group) == parameters)
    }

    @Test(arguments: groups)
    func `Names that aren't the group's, types that aren't the parameter's and names that come twice are refused`(
        _ group: TuningGroup
    ) throws {
        let domain = try domain()
        let first = try #require(try domain.tuning(group).first)
        func error(_ parameters: [TypedParameter]) -> LibvirtError.Number? {
            do throws(VMError) {
                // What a refused edit was made on is thrown away.
                var copy = domain
                try copy.tune(group, parameters)
                return nil
            } catch {
                return error.libvirt.number
            }
        }
        #expect(error([TypedParameter("nosuch", .int(1))]) == .argumentUnsupported)
        #expect(error([TypedParameter(first.name, .double(1))]) == .invalidArgument)
        #expect(error([first, first]) == .invalidArgument)
        #expect(error([]) == nil)
    }

    @Test
    func `NUMA nodes are named with their first mode`() throws {
        var domain = try domain()
        #expect(throws: VMError.self) { try domain.tune(.numa, [TypedParameter("numa_mode", .int(2))]) }
        domain = try self.domain()
        try domain.tune(.numa, [TypedParameter("numa_mode", .int(2)), .init("numa_nodeset", .string("0-1"))])
        #expect(domain.numatune.memory?.mode == .interleave && domain.numatune.memory?.placement == .static)
        #expect(throws: VMError.self) { try domain.tune(.numa, [TypedParameter("numa_mode", .int(9))]) }
        #expect(throws: VMError.self) { try domain.tune(.numa, [TypedParameter("numa_nodeset", .string("x"))]) }
    }

    @Test
    func `Rates are those of cards with a device on the host`() throws {
        var domain = try domain()
        try domain.tune(.bandwidth(interface: "net0"), [TypedParameter("outbound.average", .uint(5))])
        #expect(domain.devices.interfaces[0].bandwidth?.outbound?.average == 5)
        #expect(domain.devices.interfaces[0].bandwidth?.inbound == nil)
        domain.devices.interfaces[0].type = .user
        let error = #expect(throws: VMError.self) {
            try domain.tune(.bandwidth(interface: "net0"), [TypedParameter("outbound.average", .uint(6))])
        }
        #expect(error?.libvirt.number == .configurationUnsupported)
    }

    @Test
    func `I/O threads take libvirt's names`() throws {
        let settings = try IOThreadSettings([
            TypedParameter("poll_max_ns", .ullong(0)), .init("poll_grow", .uint(2)), .init("thread_pool_max", .int(8)),
        ])
        #expect(settings.pollMax == 0 && settings.pollGrow == 2 && settings.pollShrink == nil)
        #expect(settings.threadPoolMax == 8 && settings.threadPoolMin == nil)
        #expect(throws: VMError.self) { try IOThreadSettings([TypedParameter("thread_pool_min", .int(-1))]) }
        #expect(throws: VMError.self) { try IOThreadSettings([TypedParameter("poll", .int(1))]) }
    }
}
