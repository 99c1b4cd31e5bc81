internal import VMCore
internal import VMDomain

extension CPUSet {
    /// A set as libvirt's maps of processors: a bit for each, the lowest in the first byte's lowest bit.
    init(map: [UInt8]) throws(VMError) {
        guard map.count <= CPUSet.limit / 8 else {
            throw VMError(.invalidArgument, "a map of \(map.count) bytes has too many processors")
        }
        self.init((0..<map.count * 8).filter { map[$0 / 8] & (1 << UInt8($0 % 8)) != 0 })
    }

    /// - Parameter length: bytes; processors beyond them are left out.
    func map(length: Int) -> [UInt8] {
        var map = [UInt8](repeating: 0, count: length)
        for number in members where number / 8 < length { map[number / 8] |= 1 << UInt8(number % 8) }
        return map
    }
}
