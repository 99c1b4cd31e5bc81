internal import VMCore

// The headers of which little is of interest: the size that a guest sees, and the image below.

extension ImageHeader {
    /// The first qcow: numbers with their highest byte first. It can't declare the format of the image below.
    init(qcow image: some ImageBytes) throws(VMError) {
        let fields = Fields(image.bytes(at: 0, count: 48))
        let offset: UInt64 = try image.need(fields.big(at: 8))
        let length: UInt32 = try image.need(fields.big(at: 16))
        let size: UInt64 = try image.need(fields.big(at: 24))
        self.init(.qcow, virtualSize: size)
        guard offset > 0, length > 0 else { return }
        let name = try image.backingName(at: offset, length, longest: 1023)
        backing = name.map { Backing(name: $0, format: nil, declaresFormat: false) }
    }

    /// QED: numbers with their lowest byte first. It can declare one format, raw.
    init(qed image: some ImageBytes) throws(VMError) {
        let hasBacking: UInt64 = 1 << 0
        let isRaw: UInt64 = 1 << 2
        let fields = Fields(image.bytes(at: 0, count: 64))
        let features: UInt64 = try image.need(fields.little(at: 16))
        self.init(.qed, virtualSize: try image.need(fields.little(at: 48)))
        guard features & hasBacking != 0 else { return }
        let offset: UInt32 = try image.need(fields.little(at: 56))
        let name = try image.backingName(at: UInt64(offset), try image.need(fields.little(at: 60)), longest: 4095)
        backing = name.map {
            Backing(name: $0, format: features & isRaw != 0 ? ImageFormat.raw.rawValue : nil, declaresFormat: false)
        }
    }

    /// VirtualBox: QEMU rounds the size up to whole sectors.
    init(vdi image: some ImageBytes) throws(VMError) {
        let size: UInt64 = try image.need(Fields(image.bytes(at: 0, count: 512)).little(at: 368))
        self.init(.vdi, virtualSize: try image.size(sectors: size / 512 + (size % 512 == 0 ? 0 : 1)))
    }

    /// Parallels: the older of two formats leaves the upper half of the count undefined.
    init(parallels image: some ImageBytes) throws(VMError) {
        let fields = Fields(image.bytes(at: 0, count: 64))
        let sectors: UInt64 = try image.need(fields.little(at: 36))
        let isOld = fields.starts(with: Signature.parallels)
        self.init(.parallels, virtualSize: try image.size(sectors: isOld ? sectors & 0xffff_ffff : sectors))
    }

    /// Virtual PC: a footer, of which a growing image has a copy at its beginning.
    ///
    /// Some programs mean the geometry, some the size beside it; QEMU tells them by the name of the program, and takes
    /// the size when the geometry is the largest there is.
    init(vpc image: some ImageBytes) throws(VMError) {
        var fields = Fields(image.bytes(at: 0, count: 512))
        if !fields.starts(with: Signature.vpc) {
            guard image.length >= 512 else { throw image.truncated }
            fields = Fields(image.bytes(at: image.length - 512, count: 512))
        }
        let creator = try image.need(fields.slice(at: 28, count: 4))
        let size: UInt64 = try image.need(fields.big(at: 48))
        let cylinders: UInt16 = try image.need(fields.big(at: 56))
        let heads: UInt8 = try image.need(fields.big(at: 58))
        let sectors: UInt8 = try image.need(fields.big(at: 59))
        let geometry = UInt64(cylinders) * UInt64(heads) * UInt64(sectors)
        let meansSize = ["win ", "qem2", "d2v ", "CTXS", "tap\0", "wa\0\0"].contains { creator.elementsEqual($0.utf8) }
        let isLargest = geometry == 65535 * 16 * 255
        self.init(.vpc, virtualSize: try image.size(sectors: meansSize || isLargest ? size / 512 : geometry))
    }
}

extension ImageBytes {
    /// The name of the image below; nil for an empty one.
    func backingName(at offset: UInt64, _ length: UInt32, longest: UInt32) throws(VMError) -> String? {
        guard length <= longest else { throw damaged("its backing file's name is too long") }
        let name = bytes(at: offset, count: Int(length))
        guard name.count == Int(length) else { throw damaged("its backing file's name is outside the file") }
        let text = Fields.text(name)
        return text.isEmpty ? nil : text
    }
}
