import Testing
import VMXML

@testable import VMDomain

/// The processor, its cells and threads, at the edges of what is accepted.
@Suite struct CPUEdgeTests {
    @Test(
        "Models, topologies, caches and widths",
        arguments: [
            Edge("<cpu mode='custom'><model>qemu64</model><feature name='avx' policy='require'/></cpu>"),
            Edge("<cpu mode='custom'><feature name='avx' policy='require'/></cpu>", "missing-element"),
            Edge("<cpu mode='host-model'><feature name='avx' policy='require'/></cpu>"),
            Edge("<cpu mode='custom'><model vendor_id='GenuineIntel'>qemu64</model></cpu>"),
            Edge("<cpu mode='custom'><model vendor_id='GenuineInte'>qemu64</model></cpu>", "vendor-id"),
            Edge("<cpu mode='custom'><model vendor_id='GenuineIntell'>qemu64</model></cpu>", "vendor-id"),
            Edge("<cpu mode='custom'><model vendor_id='Genuine,ntel'>qemu64</model></cpu>", "vendor-id"),
            Edge("<cpu mode='host-passthrough' migratable='on'/>"),
            Edge("<cpu mode='maximum' migratable='off'/>"),
            Edge("<cpu mode='host-model' migratable='on'/>", "cpu-migratable"),
            Edge("<cpu><topology sockets='1' dies='1' cores='2' threads='2'/></cpu>"),
            Edge("<cpu><topology sockets='2' dies='1' cores='2' threads='2'/></cpu>", "topology-mismatch"),
            Edge("<cpu><topology sockets='1' dies='1' cores='1' threads='2'/></cpu>", "topology-mismatch"),
            Edge("<cpu><topology sockets='0' dies='1' cores='2' threads='2'/></cpu>", "topology-zero"),
            Edge("<cpu mode='maximum'><cache level='3' mode='emulate'/></cpu>"),
            Edge("<cpu mode='maximum'><cache level='2' mode='emulate'/></cpu>", "cpu-cache"),
            Edge("<cpu mode='maximum'><cache mode='passthrough'/></cpu>"),
            Edge("<cpu mode='maximum'><cache level='3' mode='passthrough'/></cpu>", "cpu-cache"),
            Edge("<cpu mode='host-model'><cache mode='passthrough'/></cpu>", "cpu-cache"),
            Edge("<cpu mode='maximum'><maxphysaddr mode='emulate' bits='42'/></cpu>"),
            Edge("<cpu mode='maximum'><maxphysaddr mode='emulate'/></cpu>", "missing-attribute"),
            Edge("<cpu mode='maximum'><maxphysaddr mode='emulate' bits='42' limit='40'/></cpu>", "address-width"),
            Edge("<cpu mode='maximum'><maxphysaddr mode='passthrough' limit='40'/></cpu>"),
            Edge("<cpu mode='maximum'><maxphysaddr mode='passthrough' bits='42'/></cpu>", "address-width"),
            Edge("<cpu mode='host-model'><maxphysaddr mode='passthrough'/></cpu>"),
            Edge("<cpu mode='host-model'><feature name='' policy='require'/></cpu>", "empty-name"),
            Edge(
                "<cpu mode='host-model'><feature name='avx' policy='require'/><feature name='avx' policy='disable'/></cpu>",
                "duplicate-feature"),
        ])
    func processor(edge: Edge) { edge.check() }

    /// Two cells of the four processors.
    private static func cells(_ first: String = "cpus='0-1'", _ second: String = "cpus='2-3'", id: Int = 1) -> String {
        "<cpu><numa><cell id='0' \(first) memory='256' unit='MiB'/>"
            + "<cell id='\(id)' \(second) memory='256' unit='MiB'/></numa></cpu>"
    }

    private static func distances(_ siblings: String) -> String {
        "<cpu><numa><cell id='0' cpus='0-3' memory='256' unit='MiB'><distances>\(siblings)</distances></cell>"
            + "<cell id='1' memory='256' unit='MiB'/></numa></cpu>"
    }

    @Test(
        "NUMA cells and their distances",
        arguments: [
            Edge(cells()), Edge(cells("cpus='0'", "cpus='3'")),
            Edge(cells(id: 0), "duplicate-cell"), Edge(cells(id: 2), "cell-gap"),
            Edge(cells("cpus='0-1'", "cpus='2-4'"), "missing-vcpu"),
            Edge(cells("cpus='0-2'", "cpus='2-3'"), "duplicate-vcpu"),
            Edge(distances("<sibling id='0' value='10'/><sibling id='1' value='10'/>")),
            Edge(distances("<sibling id='0' value='10'/><sibling id='1' value='255'/>")),
            Edge(distances("<sibling id='1' value='9'/>"), "numa-distance"),
            Edge(distances("<sibling id='1' value='256'/>"), "numa-distance"),
            Edge(distances("<sibling id='0' value='11'/>"), "numa-distance"),
            Edge(distances("<sibling id='2' value='20'/>"), "missing-cell"),
            Edge(distances("<sibling id='1' value='20'/><sibling id='1' value='20'/>"), "duplicate-cell"),
        ])
    func numaCells(edge: Edge) { edge.check() }

    private static func state(_ attributes: String...) -> String {
        "<vcpu>4</vcpu><vcpus>" + attributes.map { "<vcpu \($0)/>" }.joined() + "</vcpus>"
    }

    @Test(
        "Virtual CPUs one by one",
        arguments: [
            Edge("<vcpu current='4'>4</vcpu>"), Edge("<vcpu current='5'>4</vcpu>", "vcpu-order"),
            Edge("<vcpu current='1'>4</vcpu>"), Edge("<vcpu current='0'>4</vcpu>", "vcpu-zero"),
            Edge(state("id='0' enabled='yes'", "id='3' enabled='no' hotpluggable='yes'")),
            Edge(state("id='0' enabled='yes'", "id='4' enabled='yes'"), "missing-vcpu"),
            Edge(state("id='1' enabled='yes'", "id='1' enabled='yes'"), "duplicate-vcpu"),
            Edge(state("id='1' enabled='yes' order='1'", "id='2' enabled='yes' order='1'"), "duplicate-order"),
            Edge(state("id='0' enabled='no' hotpluggable='yes'"), "vcpu-zero"),
            Edge(state("id='1' enabled='no' hotpluggable='no'"), "vcpu-unpluggable"),
        ])
    func virtualCPUs(edge: Edge) { edge.check() }

    @Test(
        "I/O threads and their pools",
        arguments: [
            Edge("<iothreadids><iothread id='1'/><iothread id='2'/></iothreadids>"),
            Edge("<iothreadids><iothread id='0'/></iothreadids>", "iothread-zero"),
            Edge("<iothreadids><iothread id='2'/><iothread id='2'/></iothreadids>", "duplicate-iothread"),
            Edge("<iothreadids><iothread id='1' thread_pool_min='8' thread_pool_max='8'/></iothreadids>"),
            Edge(
                "<iothreadids><iothread id='1' thread_pool_min='9' thread_pool_max='8'/></iothreadids>", "thread-pool"),
            Edge("<defaultiothread thread_pool_min='8' thread_pool_max='8'/>"),
            Edge("<defaultiothread thread_pool_min='9' thread_pool_max='8'/>", "thread-pool"),
        ])
    func threads(edge: Edge) { edge.check() }

    @Test("threads that are only counted get the numbers that are free")
    func numbers() throws {
        func numbers(_ count: String, _ listed: Int...) throws -> [UInt32] {
            let ids = listed.map { "<iothread id='\($0)'/>" }.joined()
            let xml = "<domain type='qemu'><name>t</name>\(count)<iothreadids>\(ids)</iothreadids></domain>"
            return try Domain.read(Array(xml.utf8)).value.numberedIOThreads.compactMap(\.id)
        }
        #expect(try numbers("<iothreads>3</iothreads>") == [1, 2, 3])
        #expect(try numbers("<iothreads>4</iothreads>", 2, 7) == [2, 7, 1, 3])
        #expect(try numbers("<iothreads>1</iothreads>", 5, 6) == [5, 6])
        #expect(try numbers("", 3) == [3])
        #expect(try numbers("<iothreads>4000000000</iothreads>").count == 4096)
    }
}
