/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An emulator in C++ that embeds the shim: this must compile without a warning. */
#include <ipctap.h>

#include <cstdint>

int main()
{
    ipctap_options options{};
    options.destination = "tcp:127.0.0.1:18252";
    options.producer = "embed 1";
    options.must_connect = true;

    ipctap *tap = ipctap_open(&options, nullptr, 0);
    ipctap_header header = ipctap_header_init(IPCTAP_HORIZON, IPCTAP_HIPC_MESSAGE, IPCTAP_ENTER);
    std::uint8_t message[0x100] = {};
    ipctap_part buffer{IPCTAP_SEND, 0, 0x2000, message, sizeof message, 0};

    header.call_id = ipctap_next_call_id(tap);
    bool taken = ipctap_emit_message(tap, &header, 0x1000, message, sizeof message, &buffer, 1);
    ipctap_close(tap);
    return taken ? 0 : 1;
}
