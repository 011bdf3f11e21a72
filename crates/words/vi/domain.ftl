# Words of the rules: stages, labels, tracks, roles, reasons. Code asks for them by family: of("label", code).

## The seven stages, for officers
stage-new = Mới tiếp nhận
stage-waiting = Chờ người gửi
stage-routed = Đã chuyển cơ quan
stage-working = Đang xử lý
stage-approval = Chờ duyệt
stage-answered = Đã trả lời
stage-closed = Đã đóng

## The sixteen labels
label-new = Mới tiếp nhận
label-verify = Chờ xác thực người gửi
label-screen = Đang phân loại
label-need_info = Chờ bổ sung thông tin
label-routed = Đã chuyển cơ quan xử lý
label-bounced = Trả lại, chưa đúng thẩm quyền
label-working = Đang xử lý
label-coord = Đang phối hợp
label-draft = Đã dự thảo, chờ duyệt
label-answered = Đã trả lời
label-pledge = Đã trả lời, đang thực hiện cam kết
label-closed = Đã đóng
label-refused = Từ chối tiếp nhận
label-guided = Đã hướng dẫn sang kênh khác
label-merged = Đã gộp vào hồ sơ khác
label-withdrawn = Người gửi rút

## The same labels where a line is short (queues)
brief-new = Mới tiếp nhận
brief-verify = Chờ xác thực
brief-screen = Đang phân loại
brief-need_info = Chờ bổ sung
brief-routed = Đã chuyển
brief-bounced = Bị trả lại
brief-working = Đang xử lý
brief-coord = Đang phối hợp
brief-draft = Chờ duyệt
brief-answered = Đã trả lời
brief-pledge = Đang giữ cam kết
brief-closed = Đã đóng
brief-refused = Từ chối
brief-guided = Đã hướng dẫn
brief-merged = Đã gộp
brief-withdrawn = Đã rút

## What the sender sees of a stage
sender-new = Đã nhận
sender-waiting = Cần anh/chị bổ sung
sender-routed = Đã chuyển
sender-working = Đang xử lý
sender-approval = Đang xử lý
sender-answered = Đã trả lời
sender-closed = Đã đóng

## The five steps shown to the sender
step-received = Đã nhận
step-routed = Đã chuyển
step-working = Đang xử lý
step-answered = Đã trả lời
step-rated = Anh/chị đánh giá

## How a case closed
outcome-done = Đã giải quyết xong
outcome-no_reply = Đóng vì chưa nhận được thông tin bổ sung
outcome-refused = Không tiếp nhận
outcome-guided = Đã hướng dẫn đến đúng nơi nhận
outcome-merged = Đã gộp, trả lời chung một lần
outcome-withdrawn = Anh/chị đã rút hồ sơ

## Tracks: the legal kind of a case
track-HT = Hiện trường
track-QD = Quy định, thủ tục hành chính
track-PL = Vướng mắc văn bản pháp luật
track-HD = Hỏi đáp, vướng mắc
track-CB = Thái độ cán bộ
track-HK = Hiến kế, đề xuất
track-TT = Yêu cầu cung cấp thông tin
track-DL = Dữ liệu cá nhân
track-KN = Khiếu nại
track-TC = Tố cáo
track-KC = Khẩn cấp
track-about-HT = Sự cố, hạ tầng, trật tự đô thị
track-about-QD = Góp ý quy định, thủ tục, hoặc bị chậm trễ, gây khó khi làm thủ tục
track-about-PL = Văn bản pháp luật chồng chéo, chưa rõ, khó thực hiện
track-about-HD = Hỏi quy định áp dụng cho doanh nghiệp mình thế nào
track-about-CB = Phản ánh thái độ của cán bộ khi giải quyết thủ tục
track-about-HK = Sáng kiến, đề xuất cho Thành phố
track-about-TT = Xin thông tin cơ quan nhà nước đang giữ
track-about-DL = Xem, sửa hoặc xóa dữ liệu cá nhân chúng tôi đang giữ
track-about-KN = Đề nghị xem lại một quyết định hay việc làm của cơ quan nhà nước
track-about-TC = Báo việc vi phạm pháp luật. Danh tính được giữ kín
track-about-KC = Nguy hiểm tính mạng: gọi ngay 113, 114 hoặc 115

urgency-normal = Bình thường
urgency-checkable = Kiểm tra được ngay
urgency-urgent = Khẩn

## Roles
role-sender = Người gửi
role-operator = Tiếp nhận viên 1022
role-coordinator = Điều phối của cơ quan
role-handler = Cán bộ xử lý
role-leader = Lãnh đạo cơ quan
role-publisher = Biên tập công khai
role-city_leader = Lãnh đạo Thành phố
role-data_officer = Cán bộ bảo vệ dữ liệu
role-administrator = Quản trị hệ thống
role-system = Hệ thống

## Grounds for refusing (the text is sent to the sender)
refusal-R1 = Đây là khiếu nại hoặc tố cáo, có nơi nhận và thời hạn riêng. Chúng tôi gửi kèm hướng dẫn.
refusal-R2 = Chưa có cách liên hệ đúng với anh/chị, trong khi loại việc này cần xác thực người gửi.
refusal-R3 = Nội dung cần viết bằng tiếng Việt. Doanh nghiệp có vốn nước ngoài có thể viết tiếng Anh.
refusal-R4 = Chúng tôi đã hỏi lại một lần mà vẫn chưa rõ việc anh/chị cần.
refusal-R5 = Việc này nằm ngoài địa bàn hoặc ngoài thẩm quyền của các cơ quan Thành phố.
refusal-R6 = Việc này đã được trả lời và chưa có thông tin mới. Chúng tôi gửi kèm câu trả lời trước.
refusal-R7 = Việc này đang được tòa án, thanh tra hoặc trọng tài giải quyết.
refusal-R8 = Nội dung xúc phạm người khác, quảng cáo hoặc thư rác.
refusal-R9 = Nội dung thuộc phạm vi bí mật nhà nước hoặc sai sự thật về chính sách.
refusal-R10 = Tin thử hoặc tin gửi trùng.
refusal-name-R1 = Khiếu nại, tố cáo
refusal-name-R2 = Liên hệ thiếu hoặc sai
refusal-name-R3 = Không phải tiếng Việt
refusal-name-R4 = Không rõ nội dung
refusal-name-R5 = Ngoài địa bàn, thẩm quyền
refusal-name-R6 = Đã trả lời, không có tình tiết mới
refusal-name-R7 = Đang được tòa án, thanh tra giải quyết
refusal-name-R8 = Xúc phạm, quảng cáo, thư rác
refusal-name-R9 = Bí mật nhà nước, xuyên tạc
refusal-name-R10 = Tin thử, tin trùng

## Why an act is not possible now (said to the officer)
guard-not_allowed = Vai trò của anh/chị không làm được việc này.
guard-wrong_stage = Hồ sơ đã sang bước khác, việc này không còn làm được.
guard-stale = Người khác vừa sửa hồ sơ này. Xem bản mới rồi làm lại.
guard-reason_missing = Cần ghi lý do.
guard-question_missing = Cần viết câu hỏi cho người gửi.
guard-date_missing = Cần chọn ngày.
guard-date_too_far = Ngày chờ bổ sung tối đa 10 ngày làm việc.
guard-date_past = Ngày này đã qua.
guard-too_many_questions = Đã hỏi bổ sung 2 lần. Hãy trả lời hoặc xin gia hạn.
guard-too_many_returns = Hồ sơ đã bị trả lại 2 lần. Lãnh đạo Thành phố chọn cơ quan chủ trì.
guard-return_late = Đã quá hạn trả lại. Cơ quan nhận hồ sơ phải xử lý hoặc xin gia hạn.
guard-already_extended = Mỗi hồ sơ chỉ gia hạn 1 lần.
guard-overdue = Hồ sơ đã quá hạn, không gia hạn được nữa.
guard-not_competent = Cơ quan này không có thẩm quyền vào ngày đó.
guard-proof_missing = Người gửi chưa xác thực. Loại việc này cần xác thực trước khi chuyển.
guard-same_person = Người soạn không tự duyệt. Hãy chuyển người khác duyệt.
guard-second_person = Cần người thứ hai xác nhận việc từ chối.
guard-answer_incomplete = Câu trả lời cần đủ: đã kiểm tra gì, căn cứ, việc tiếp theo, ai phụ trách, cách liên hệ.
guard-pledge_incomplete = Cam kết cần đủ: việc gì, ai làm, ngày nào xong.
guard-master_closed = Hồ sơ chính đã đóng, không gộp vào được.
guard-open_subrequests = Còn cơ quan phối hợp chưa cho ý kiến.
guard-sealed = Hồ sơ được giữ kín, việc này không làm được.
guard-not_publishable = Loại hồ sơ này không được công khai.
guard-redaction_missing = Cần che hết thông tin cá nhân trước khi công khai.
guard-sender_refused = Người gửi không đồng ý công khai.
guard-already_published = Câu trả lời đã công khai.
guard-reopen_limit = Hồ sơ đã mở lại 2 lần.
guard-reopen_late = Đã quá 30 ngày kể từ ngày trả lời.
guard-personal_unit = Không chuyển riêng cho chính đơn vị của người bị phản ánh.

## Deliveries
delivery-queued = Đang chờ gửi
delivery-sending = Đang gửi
delivery-sent = Đã gửi
delivery-delivered = Đã tới
delivery-read = Đã xem
delivery-failed = Không tới
delivery-unknown = Chưa rõ đã tới hay chưa
delivery-suppressed = Không gửi theo yêu cầu của người nhận

## Who may read a case
visibility-public = Công khai sau khi ẩn danh
visibility-agencies = Chỉ cơ quan nhà nước
visibility-sender_hidden = Giấu tên tôi với cơ quan xử lý
visibility-name-public = Công khai
visibility-name-agencies = Không công khai
visibility-name-sender_hidden = Giấu tên người gửi

## The who-sees-what table: one line per reader, three columns
sees-sender = Anh/chị
sees-reception = Tổng đài 1022
sees-agency = Cơ quan xử lý
sees-everyone = Mọi người
sees-all = Tất cả
sees-text_only = Nội dung, không có tên và liên hệ
sees-answer = Câu hỏi và câu trả lời, đã bỏ tên và thông tin riêng
sees-nothing = Không thấy gì
sees-note-public = Câu hỏi và câu trả lời đã ẩn danh giúp doanh nghiệp khác gặp cùng việc.
sees-note-agencies = Chỉ anh/chị, tổng đài 1022 và cơ quan xử lý đọc được.
sees-note-sender_hidden = Chỉ tổng đài 1022 biết anh/chị là ai. Cơ quan trả lời anh/chị qua hệ thống.

## Channels
channel-web = Trang web
channel-email = E-mail
channel-facebook = Facebook
channel-facebook_comment = Bình luận Facebook
channel-zalo = Zalo
channel-sms = SMS 1022
channel-hotline = Gọi 1022
channel-viber = Viber
channel-telegram = Telegram
channel-counter = Tại quầy
via-web = qua trang web
via-email = qua e-mail
via-facebook = qua Facebook
via-facebook_comment = qua bình luận Facebook
via-zalo = qua Zalo
via-sms = qua SMS
via-hotline = qua tổng đài
via-viber = qua Viber
via-telegram = qua Telegram
via-counter = tại quầy

## Kinds of business
business-enterprise = Doanh nghiệp
business-branch = Chi nhánh, đơn vị phụ thuộc
business-household = Hộ kinh doanh
business-cooperative = Hợp tác xã
business-association = Hiệp hội
business-foreign = Doanh nghiệp có vốn nước ngoài
size-micro = Siêu nhỏ
size-small = Nhỏ
size-medium = Vừa
size-large = Lớn
size-unknown = Chưa rõ quy mô

## Days of the ruler
day-received = ngày nhận, chưa tính
day-counted = đã qua
day-open = còn lại
day-off = không tính
day-due = hạn trả lời
day-today = hôm nay

## Ratings
rating-1 = Rất chưa đạt
rating-2 = Chưa đạt
rating-3 = Tạm được
rating-4 = Đạt
rating-5 = Rất tốt
